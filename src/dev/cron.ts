// A star, a number or a range, each with a step or without.
/** Whether one field of a cron takes in a value. */
function takesIn(field: string, value: number, least: number): boolean {
  const match = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(field);
  if (!match) throw new Error(`a cron field that is not read here: ${field}`);
  const [, from, to, step] = match;
  const first = from === undefined ? least : Number(from);
  const last = to === undefined ? (from === undefined ? Infinity : first) : Number(to);
  return value >= first && value <= last && (value - first) % Number(step ?? 1) === 0;
}

/** Whether a cron is due in the minute of a moment, UTC. Schedules never fire by themselves locally. */
export function isDue(cron: string, at: Date): boolean {
  const [minute, hour, date, month, weekday] = cron.split(" ") as [
    string,
    string,
    string,
    string,
    string,
  ];
  return (
    takesIn(minute, at.getUTCMinutes(), 0) &&
    takesIn(hour, at.getUTCHours(), 0) &&
    takesIn(date, at.getUTCDate(), 1) &&
    takesIn(month, at.getUTCMonth() + 1, 1) &&
    takesIn(weekday, at.getUTCDay(), 0)
  );
}
