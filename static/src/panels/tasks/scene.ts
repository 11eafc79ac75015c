/** Jobs, pods and where they run. Pure: the picture in, rows out. */
import { show, ui } from '../../words';
import type { Entities } from '../reading/picture';
import { loadOf, type Load } from './load';
import { familiesOf, jobsOf, phasesOf, podsOf, TERMINATING, type Job, type Pod } from './objects';

export interface JobRow extends Job {
  /** Shares of the bar, 0..1. */
  doneShare: number;
  runningShare: number;
  /** "2 running, 1 waits", or the result. */
  says: string;
}

export interface TasksScene {
  jobs: JobRow[];
  pods: readonly Pod[];
  /** Whether a pod is counted in a row. */
  belongs: (pod: Pod, row: Job) => boolean;
  /** Pods of no job and no family, one by one. */
  singles: Pod[];
  running: number;
  waiting: number;
  /** Pods that no node takes, the longest waiting first. */
  pending: Pod[];
  load: Load;
}

function saysOf(job: Job): string {
  if (job.state === 'complete') return show(job.result) || ui('job-done');
  if (job.state === 'failed') return ui('job-failed', { failed: job.failed });
  const said: string[] = [];
  // Those that leave are not among those that run.
  const troubled = job.troubled.filter(([status]) => status !== TERMINATING).reduce((sum, [, pods]) => sum + pods, 0);
  if (job.running > 0 && (job.running > troubled || job.waiting > 0)) said.push(ui('job-running', { count: job.running }));
  if (job.waiting > 0) said.push(ui(job.waiting === 1 ? 'job-waits' : 'job-wait', { count: job.waiting }));
  for (const [status, pods] of job.troubled) said.push(ui('job-troubled', { count: pods, status }));
  const rest = job.serving ? 0 : job.completions - job.succeeded - job.running - job.waiting;
  if (said.length === 0 && rest > 0) said.push(ui('job-to-come', { count: rest }));
  if (job.failed > 0) said.push(ui('job-failures', { count: job.failed }));
  return said.join(', ');
}

export function jobRow(job: Job): JobRow {
  const whole = Math.max(1, job.completions);
  const doneShare = Math.min(1, job.succeeded / whole);
  const running = job.serving ? job.running - job.succeeded : job.running;
  return { ...job, doneShare, runningShare: Math.max(0, Math.min(1 - doneShare, running / whole)), says: saysOf(job) };
}

export function tasksScene(picture: Entities): TasksScene {
  const pods = podsOf(picture);
  const phases = phasesOf(pods);
  const { families, members } = familiesOf(picture, pods);
  const jobs = jobsOf(picture, pods);
  const open = jobs.filter((job) => job.state === 'open');
  const pending = pods.filter((pod) => pod.phase === 'Pending' && pod.node === '');
  return {
    jobs: [...open, ...families, ...jobs.filter((job) => job.state !== 'open')].map(jobRow),
    pods,
    belongs: (pod, row) => (row.kind === 'Job' ? pod.job === row.name : members.get(pod.id) === row.id),
    singles: pods.filter((pod) => pod.job === '' && !members.has(pod.id)),
    running: phases.Running ?? 0,
    waiting: phases.Pending ?? 0,
    pending: pending.sort((a, b) => a.sinceUs - b.sinceUs),
    load: loadOf(picture),
  };
}
