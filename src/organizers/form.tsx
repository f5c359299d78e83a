import type { Child, FC } from "hono/jsx";
import { Problem, type FieldError } from "../lib/problem.ts";
import { fieldMessage } from "../ui/parts.tsx";
import { t, tLoose } from "./texts.ts";

/** One form's values as typed, and what is wrong with them. */
export interface FormState {
  values: Record<string, string>;
  errors: FieldError[];
}

export const NOTHING: FormState = { values: {}, errors: [] };

/** The errors of a form that did not pass; anything else is thrown on. */
export function formErrors(error: unknown): FieldError[] {
  if (error instanceof Problem && error.code === "request.invalid") return error.errors;
  throw error;
}

export const Errors: FC<{ errors: FieldError[] }> = ({ errors }) =>
  errors.length === 0 ? null : (
    <div class="form-error" role="alert">
      <ul>
        {errors.map(({ path, message }) => (
          <li>
            <a href={`#${path.split(".")[0]}`}>
              {tLoose(`field.${message}`) ?? fieldMessage("en", message)}
            </a>
          </li>
        ))}
      </ul>
    </div>
  );

interface FieldProps {
  name: string;
  label: string;
  help?: string;
  state: FormState;
  /** Shown, and sent back as it is: somebody else's to change. */
  fixed?: boolean;
}

const wrong = (state: FormState, name: string) =>
  state.errors.some(({ path }) => path.split(".")[0] === name) ? ("true" as const) : undefined;

const Help: FC<{ name: string; help?: string | undefined }> = ({ name, help }) =>
  help ? (
    <small id={`${name}-help`} class="hint">
      {help}
    </small>
  ) : null;

export const TextField: FC<FieldProps & { type?: string; required?: boolean }> = (props) => {
  const { name, label, help, state, type = "text", required, fixed } = props;
  return (
    <div>
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        type={type}
        required={required}
        readonly={fixed}
        value={state.values[name] ?? ""}
        aria-invalid={wrong(state, name)}
        aria-describedby={help ? `${name}-help` : undefined}
      />
      <Help name={name} help={help} />
    </div>
  );
};

export const AreaField: FC<FieldProps & { rows?: number; lang?: string }> = (props) => {
  const { name, label, help, state, rows = 3, lang } = props;
  return (
    <div>
      <label for={name}>{label}</label>
      <textarea
        id={name}
        name={name}
        rows={rows}
        lang={lang}
        aria-invalid={wrong(state, name)}
        aria-describedby={help ? `${name}-help` : undefined}
      >
        {state.values[name] ?? ""}
      </textarea>
      <Help name={name} help={help} />
    </div>
  );
};

export const CheckField: FC<FieldProps> = ({ name, label, help, state, fixed }) => (
  <>
    {fixed && state.values[name] === "yes" && <input type="hidden" name={name} value="yes" />}
    <label class="choice" for={name}>
      <input
        id={name}
        name={fixed ? undefined : name}
        type="checkbox"
        value="yes"
        disabled={fixed}
        checked={state.values[name] === "yes"}
        aria-invalid={wrong(state, name)}
        aria-describedby={help ? `${name}-help` : undefined}
      />
      <span>{label}</span>
    </label>
    <Help name={name} help={help} />
  </>
);

/** A table with a head; numbers stand on the right. */
export const Table: FC<{ head: string[]; rows: Child[][]; label: string }> = ({
  head,
  rows,
  label,
}) =>
  rows.length === 0 ? (
    <p class="quiet">{t("table.empty")}</p>
  ) : (
    <div class="scroll" tabindex={0} role="group" aria-label={label}>
      <table>
        <thead>
          <tr>{head.map((cell) => (cell === "" ? <td></td> : <th scope="col">{cell}</th>))}</tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {row.map((cell, place) =>
                place === 0 ? (
                  <th scope="row">{cell}</th>
                ) : (
                  <td class={typeof cell === "number" ? "number" : undefined}>{cell}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
