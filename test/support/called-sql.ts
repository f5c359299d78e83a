/** What the sources say of their SQL, read with the compiler; for Node, behind `STATEMENTS_URL`. */
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
  /** For a batch, each type that is named for one of its answers. */
  reads: Record<string, string[][]>;
}

const READS: Record<string, string> = {
  first: "D1PreparedStatement",
  all: "D1PreparedStatement",
  raw: "D1PreparedStatement",
  batch: "D1Database",
};

function* nodesOf(node: Node): Generator<Node> {
  yield node;
  const children: Node[] = [];
  node.forEachChild((child) => void children.push(child));
  for (const child of children) yield* nodesOf(child);
}

function fieldsOf(checker: Checker, type: Type | undefined): string[] {
  const solid = type && checker.getNonNullableType(type);
  if (!solid) return [];
  const [element] = checker.isArrayType(solid) ? checker.getTypeArguments(solid as never) : [];
  return checker.getPropertiesOfType(element ?? solid).map(({ name }) => name);
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

/** Every place of the runtime that prepares SQL or reads what it gives. */
export function calledSql(root: string): CalledSql {
  const api = new API({ cwd: root });
  try {
    const config = path.join(root, "tsconfig.json");
    const { program, checker } = api.updateSnapshot({ openProjects: [config] }).getProject(config)!;
    const called: CalledSql = { prepares: [], reads: {} };
    for (const name of program
      .getSourceFileNames()
      .filter((one) => isRuntime(path.relative(root, one)))) {
      const file = program.getSourceFile(name)!;
      for (const call of [...nodesOf(file)].filter(isCallExpression)) {
        const { expression: callee } = call;
        if (!isPropertyAccessExpression(callee)) continue;
        const method = callee.name.text;
        const wanted = method === "prepare" ? "D1Database" : READS[method];
        if (!wanted) continue;
        const of = checker.getTypeAtLocation(callee.expression);
        if ((of && checker.getNonNullableType(of))?.getSymbol()?.name !== wanted) continue;
        const place = placeOf(root, file, callee.name);
        if (method === "prepare") called.prepares.push(place);
        else called.reads[place] = namedFields(checker, call, method);
      }
    }
    return called;
  } finally {
    api.close();
  }
}
