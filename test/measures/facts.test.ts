import { describe, expect, test } from "vitest";
import { diamondGapDays, MEASURES } from "../../src/measures/rules.ts";
import { measuresFile } from "../../src/measures/schema.ts";

declare global {
  interface ImportMeta {
    /** Vite's: the files as they lie in templates/, before anything is filled in. */
    glob(pattern: string, options: object): Record<string, string>;
  }
}

const files = import.meta.glob("../../templates/{letters,campaigns,ui}/**/*.{md,json}", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** June 2024, with or without its day, in every language that texts are written in. */
const JUNE_2024 =
  /(June|Juni|juin|czerwc[au]|junio|giugno|чэрвен[яі]|июн[яе])(\s30,)?(\sde)?\s2024|2024\sm\.\sbirž|2024-06-30/i;
/** The days between the two bans on diamonds are computed. */
const TYPED_GAP = /(?<!\d)18[12](?!\d)/;

describe("texts", () => {
  test("are all here", () => {
    const paths = Object.keys(files).join("\n");
    for (const part of ["letters/lt/mep.md", "campaigns/in-step/be.md", "ui/ru.json"]) {
      expect(paths).toContain(part);
    }
  });

  test.each(Object.keys(files))(
    "%s has no start of the ban that was not, and no typed gap",
    (path) => {
      expect(JUNE_2024.exec(files[path]!)?.[0]).toBeUndefined();
      expect(TYPED_GAP.exec(files[path]!)?.[0]).toBeUndefined();
    },
  );

  test.each([
    "30 June 2024",
    "June 30, 2024",
    "of June 2024",
    "30. Juni 2024",
    "30 juin 2024",
    "30 czerwca 2024 r.",
    "w czerwcu 2024 r.",
    "30 de junio de 2024",
    "30 giugno 2024",
    "30 juni 2024",
    "2024 m. birželio 30 d.",
    "30 чэрвеня 2024 года",
    "30 июня 2024 года",
  ])("would be caught with %s", (date) => {
    expect(date).toMatch(JUNE_2024);
  });
});

describe("the gap between the bans on diamonds", () => {
  test("is computed from the dates of the two measures", () => {
    expect(diamondGapDays()).toBe(182);
  });
});

describe("a measure’s status", () => {
  const statuses = measuresFile.shape.measures.element.shape.status.options;

  test("is one of the schema’s, and no other is taken", () => {
    for (const one of MEASURES.measures) expect(statuses, one.id).toContain(one.status);
    const [first, ...others] = MEASURES.measures;
    const odd = { ...MEASURES, measures: [{ ...first, status: "does_not_apply" }, ...others] };
    expect(measuresFile.safeParse(odd).success).toBe(false);
  });

  test("has a word in every language of the pages", () => {
    const pages = Object.keys(files).filter((path) => path.includes("/ui/"));
    expect(pages).toHaveLength(7);
    for (const path of pages) {
      const texts = Object.keys(JSON.parse(files[path]!) as object);
      const words = texts.filter((key) => key.startsWith("measures.status."));
      expect(words.sort(), path).toEqual(statuses.map((one) => `measures.status.${one}`).sort());
    }
  });
});
