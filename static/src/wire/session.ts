/** The token, if the server asks for one: from the address once, then kept for this tab. */
const KEY = 'synod-token';

export function token(): string | null {
  const given = new URLSearchParams(location.search).get('token');
  if (given !== null) sessionStorage.setItem(KEY, given);
  return given ?? sessionStorage.getItem(KEY);
}

export function newId(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
