import { EU_LANGUAGES } from "../recipients/parliaments/eu-languages.ts";
import { fold, searchText, sortName } from "../recipients/rules.ts";
import type { Recipient } from "../recipients/schema.ts";
import { quote } from "./campaign-sql.ts";

/** Made-up people, whose names say so: country, then women and men in turn. */
const MEMBERS: Record<string, string[]> = {
  AT: ["Anna Beispiel", "Max Muster"],
  BE: ["An Voorbeeld", "Luc Modèle"],
  BG: ["Ana Primerova", "Ivan Obrazets"],
  CY: ["Anna Deigma", "Nikos Protypo"],
  CZ: ["Jana Vzorová", "Jan Příklad"],
  DE: ["Erika Beispiel", "Max Mustermann", "Lena Vorlage", "Jörg Exempel"],
  DK: ["Anne Eksempel", "Søren Mønster"],
  EE: ["Mari Näidis", "Jaan Eeskuju"],
  ES: ["Ana Ejemplo", "Juan Modelo"],
  FI: ["Aino Esimerkki", "Matti Malli"],
  FR: ["Marie Exemple", "Jean Modèle", "Claire Gabarit", "Paul Échantillon"],
  GR: ["Anna Paradeigma", "Nikos Ypodeigma"],
  HR: ["Ana Primjer", "Ivan Uzorak"],
  HU: ["Anna Példa", "János Minta"],
  IE: ["Áine Sampla", "Seán Ó Patrún"],
  IT: ["Anna Esempio", "Mario Modello"],
  LT: ["Ona Pavyzdytė", "Jonas Pavyzdys", "Rasa Šablonienė", "Tomas Modelis"],
  LU: ["Anne Beispill", "Jos Muster"],
  LV: ["Anna Piemēra", "Jānis Paraugs"],
  MT: ["Marija Eżempju", "Ġorġ Mudell"],
  NL: ["Anna Voorbeeld", "Jan Model"],
  PL: ["Anna Przykładowska", "Jan Wzorowy", "Maria Szablon", "Łukasz Model"],
  PT: ["Ana Exemplo", "João Modelo"],
  RO: ["Ana Exemplu", "Ion Model"],
  SE: ["Anna Exempel", "Sven Mönster"],
  SI: ["Ana Vzorec", "Janez Primer"],
  SK: ["Anna Vzorová", "Ján Príklad"],
};
const OFFICIAL: Record<string, string> = {
  "Ana Primerova": "Ана ПРИМЕРОВА",
  "Ivan Obrazets": "Иван ОБРАЗЕЦ",
  "Anna Paradeigma": "Άννα ΠΑΡΑΔΕΙΓΜΑ",
};
const BODIES = ["AFET", "D-BY", "INTA", "D-US", "SEDE", "ECON"];
const GROUPS = ["PPE", "S&D", "Renew", "Verts/ALE", "ECR", "The Left"];

const STATES: Record<string, string[]> = {
  CA: ["Ada Sample", "Bob Specimen", "Cleo Pattern", "Dan Template"],
  IL: ["Eve Instance", "Fred Mockup", "Gail Dummy"],
  NY: ["Hal Placeholder", "Iris Example", "Jack Standin", "Kate Prototype"],
  OH: ["Liam Model", "Mona Draft", "Ned Outline"],
  TX: ["Olga Sketch", "Pete Blueprint", "Quinn Mold", "Rose Matrix"],
  WA: ["Sam Demo", "Tess Trial", "Uma Facsimile"],
};
const COMMITTEES = ["HSFA", "HSBA"];

const slugOf = (name: string) => fold(name).replaceAll(" ", ".");

function splitName(name: string) {
  const [givenName, ...rest] = name.split(" ") as [string, ...string[]];
  return { givenName, familyName: rest.join(" ") };
}

function members(): Recipient[] {
  let number = 0;
  return Object.entries(MEMBERS).flatMap(([country, names]) =>
    names.map((name, place): Recipient => {
      const at = number++;
      const { givenName, familyName } = splitName(name);
      return {
        id: `ep-demo-${country.toLowerCase()}-${place + 1}`,
        source: "ep",
        jurisdiction: "EU",
        name: `${givenName} ${familyName.toUpperCase()}`,
        givenName,
        familyName,
        officialName: OFFICIAL[name] ?? null,
        country,
        state: null,
        district: null,
        group: GROUPS[at % GROUPS.length]!,
        bodies: [
          { code: BODIES[at % BODIES.length]!, role: at % 3 === 0 ? "member" : "substitute" },
        ],
        office: "mep",
        gender: place % 2 === 0 ? "female" : "male",
        languages: EU_LANGUAGES[country]!,
        email: `${slugOf(name)}@parliament.example`,
        form: null,
        phone: null,
        photo: null,
        since: "2024-07-16",
      };
    }),
  );
}

function legislators(): Recipient[] {
  return Object.entries(STATES).flatMap(([state, names]) =>
    names.map((name, place): Recipient => {
      const senator = place < 2;
      return {
        id: `us-demo-${state.toLowerCase()}-${place + 1}`,
        source: "us",
        jurisdiction: "US",
        name,
        ...splitName(name),
        officialName: null,
        country: "US",
        state,
        district: senator ? null : place - 1,
        group: place % 2 === 0 ? "Democrat" : "Republican",
        bodies: [
          { code: senator ? "SSFR" : COMMITTEES[place % COMMITTEES.length]!, role: "member" },
        ],
        office: senator ? "senator" : "representative",
        gender: place % 2 === 0 ? "female" : "male",
        languages: ["en"],
        email: null,
        form: `https://congress.example/${slugOf(name)}/contact`,
        phone: "202-555-0100",
        photo: null,
        since: "2025-01-03",
      };
    }),
  );
}

/** Made-up recipients at example domains: a demonstration can never write to a real office. */
export function demoRecipients(): Recipient[] {
  return [...members(), ...legislators()];
}

/** SQL that puts them in, unless a real directory was loaded. */
export function demoRecipientsSql(): string {
  return demoRecipients()
    .flatMap((one) => {
      const values = [
        one.id,
        one.source,
        one.jurisdiction,
        one.country,
        one.state,
        sortName(one),
        searchText(one),
        JSON.stringify(one),
      ].map((value) => (value === null ? "NULL" : quote(value)));
      const unless = `WHERE NOT EXISTS (SELECT 1 FROM syncs WHERE published_at IS NOT NULL AND source = ${quote(one.source)})`;
      return [
        `INSERT INTO recipients (id, source, jurisdiction, country, state, sort_name, search, data) SELECT ${values.join(", ")} ${unless} ON CONFLICT (id) DO NOTHING;`,
        ...one.bodies.map(
          ({ code }) =>
            `INSERT INTO recipient_bodies (body, recipient) SELECT ${quote(code)}, ${quote(one.id)} ${unless} ON CONFLICT DO NOTHING;`,
        ),
      ];
    })
    .join("\n");
}
