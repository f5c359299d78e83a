/** Log lines hold a code and figures. There is no field for a person, a URL or a message text. */
export interface LogLine {
  code: string;
  requestId?: string;
  status?: number;
  count?: number;
  kind?: string;
}

export function log(level: "info" | "error", line: LogLine): void {
  console[level](JSON.stringify(line));
}
