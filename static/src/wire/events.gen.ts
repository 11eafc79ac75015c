// Until `python -m app.world.generate` writes this file.
export const FIELDS: Record<string, readonly string[]> = {};
export const LANDMARKS: readonly string[] = [];
