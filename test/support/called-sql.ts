/** What the sources say of their SQL, read with the compiler; for Node, behind CALLED_SQL_HOST (bindings.ts). */
import path from "node:path";
import { API, type Checker, type Type } from "typescript/unstable/sync";
import type { CallExpression, Node, SourceFile } from "typescript/unstable/ast";
import {
  isAsExpression,
  isCallExpression,
  isFunctionDeclaration,
  isPropertyAccessExpression,
} from "typescript/unstable/ast/is";

/** Places as `src/mail/store.ts:49:13`: of each `prepare`, and of each read with the fields that it names. */
export interface CalledSql {
  prepares: string[];
  /** Calls of what gives statements: the same `prepare` may get other SQL from each of them. */
  builds: string[];
  /** For a batch, each type that is named for one of its answers. */
  reads: Record<string, string[][]>;
}

const STATEMENT = "D1PreparedStatement";
const READS: Record<string, string> = {
  first: STATEMENT,
  all: STATEMENT,
  raw: STATEMENT,
  batch: "D1Database",
};

function* nodesOf(node: Node): Generator<Node> {
  yield node;
  const children: Node[] = [];
  node.forEachChild((child) => void children.push(child));
  for (const child of children) yield* nodesOf(child);
}

/** A type without null, or that of an array's elements. */
function solid(checker: Checker, type: Type | undefined): Type | undefined {
  const one = type && checker.getNonNullableType(type);
  return one && checker.isArrayType(one) ? checker.getTypeArguments(one as never)[0] : one;
}

function nameOf(checker: Checker, type: Type | undefined): string {
  const name = type?.getSymbol()?.name;
  return (name && name !== "Array" ? name : solid(checker, type)?.getSymbol()?.name) ?? "";
}

function fieldsOf(checker: Checker, type: Type | undefined): string[] {
  const one = solid(checker, type);
  return one ? checker.getPropertiesOfType(one).map(({ name }) => name) : [];
}

/** The types that the function around a batch gives to its answers: `answers[0]!.results as T`. */
function castsAround(batch: Node): Node[] {
  let around = batch;
  while (!isFunctionDeclaration(around)) around = around.parent;
  return [...nodesOf(around)]
    .filter(isAsExpression)
    .filter(
      ({ expression, parent }) =>
        !isAsExpression(parent) && /\.results\b/.test(expression.getText()),
    )
    .map(({ type }) => type);
}

function namedFields(checker: Checker, call: CallExpression, method: string): string[][] {
  const explicit = (call.typeArguments ?? []).map((node) => checker.getTypeFromTypeNode(node));
  if (method === "batch") {
    const casts = castsAround(call).map((node) => checker.getTypeFromTypeNode(node as never));
    return [...explicit, ...casts].map((type) => fieldsOf(checker, type));
  }
  const promised = checker.getTypeAtLocation(call);
  const [row] = explicit.length > 0 ? explicit : checker.getTypeArguments(promised as never);
  return [fieldsOf(checker, row)];
}

function placeOf(root: string, file: SourceFile, node: Node): string {
  const { line, character } = file.getLineAndCharacterOfPosition(node.getStart(file));
  return `${path.relative(root, file.fileName)}:${line + 1}:${character + 1}`;
}

const isRuntime = (file: string) => /^src\/(?!dev\/|browser\/)/.test(file);

/** Every place of the runtime that prepares SQL, has it made, or reads what it gives. */
export function calledSql(root: string): CalledSql {
  const api = new API({ cwd: root });
  try {
    const config = path.join(root, "tsconfig.json");
    const { program, checker } = api.updateSnapshot({ openProjects: [config] }).getProject(config)!;
    const called: CalledSql = { prepares: [], builds: [], reads: {} };
    for (const name of program
      .getSourceFileNames()
      .filter((one) => isRuntime(path.relative(root, one)))) {
      const file = program.getSourceFile(name)!;
      for (const call of [...nodesOf(file)].filter(isCallExpression)) {
        const { expression: callee } = call;
        const name = isPropertyAccessExpression(callee) ? callee.name : callee;
        const place = placeOf(root, file, name);
        const method = name.getText();
        const on = isPropertyAccessExpression(callee)
          ? nameOf(checker, checker.getTypeAtLocation(callee.expression))
          : "";
        if (method === "prepare" && on === "D1Database") called.prepares.push(place);
        else if (on === READS[method]) called.reads[place] = namedFields(checker, call, method);
        else if (
          on !== STATEMENT &&
          nameOf(checker, checker.getTypeAtLocation(call)) === STATEMENT
        ) {
          called.builds.push(place);
        }
      }
    }
    return called;
  } finally {
    api.close();
  }
}
