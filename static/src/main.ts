import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import { mount } from 'svelte';
import './tokens.css';
import './base.css';
import { AppState } from './shell/app.svelte';
import Page from './shell/Page.svelte';

const target = document.getElementById('app') ?? document.body;
const app = new AppState();
mount(Page, { target, props: { app } });
