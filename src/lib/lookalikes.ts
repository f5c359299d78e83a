/**
 * Letters that look like plain Latin ones, by their lower case: the common part of Unicode's
 * confusables.txt (UTS 39). The rest of it is letters of alphabets that nobody here writes in.
 */
const PAIRS: readonly [like: string, latin: string][] = [
  // Cyrillic.
  ["авсԁеғԍһіјкӏмопрԛгѕтѵѡхуѕ", "abcdefghijklmonpqrstvwxys"],
  ["нԝүөәьбц", "hwyoebbu"],
  // Greek.
  ["αβγδεζηικμνορσςτυχωϲϳ", "abydeznikmvopostuxwcj"],
  // Latin letters that Unicode does not take apart, and Armenian ones.
  ["łøđðħıŧɑƅɡɩʟǀօոսցհ", "lodbhitabgilloungh"],
  ["ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijkmnoprstuvwyz"],
];
/** Greek capitals look like another letter than their lower case. */
const CAPITALS: readonly [string, string] = ["ΗΝΡΥ", "hnpy"];

function mapOf(pairs: readonly (readonly [string, string])[]): Map<string, string> {
  return new Map(
    pairs.flatMap(([like, latin]) => {
      const plain = Array.from(latin);
      return Array.from(like).map((letter, place): [string, string] => [letter, plain[place]!]);
    }),
  );
}

const LIKE = mapOf(PAIRS);
const CAPITAL = mapOf([CAPITALS]);

/** What no reader sees: of no width, or a filler. */
export const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu;

/** A letter as it looks, in Latin where it looks so. */
export const latinOf = (letter: string): string => LIKE.get(letter) ?? letter;

/** A text as it looks, in small plain letters: no marks, nothing unseen, lookalikes in Latin. */
export function plain(text: string): string {
  const bare = text.normalize("NFKD").replace(/\p{M}/gu, "").replace(UNSEEN, "");
  return Array.from(bare, (letter) => CAPITAL.get(letter) ?? latinOf(letter.toLowerCase())).join(
    "",
  );
}

const DIGITS: Record<string, string> = {
  "0": "o",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "8": "b",
};
const MARKS: Record<string, string> = { $: "s", "+": "t", "€": "e", "@": "a" };

/** A text's letters without anything between them, none twice in a row, and where its words begin and end. */
interface Squeezed {
  letters: string;
  begins: Set<number>;
  ends: Set<number>;
}

/** `one` is what a 1 and its likes stand for. */
function squeeze(text: string, one: "i" | "l"): Squeezed {
  const spelled = plain(text)
    .replace(/(?<=\p{L})[!|](?=\p{L})|1/gu, one)
    .replace(/(?<=[\p{L}\p{N}])[+€@](?=\p{L})|\$(?=\p{L})/gu, (mark) => MARKS[mark]!)
    .replace(/[034578]/g, (digit) => DIGITS[digit]!);
  const squeezed: Squeezed = { letters: "", begins: new Set(), ends: new Set() };
  for (const word of spelled.split(/[^\p{L}\p{N}]+/u)) {
    let first = true;
    for (const letter of word) {
      const again = squeezed.letters.endsWith(letter);
      if (first) squeezed.begins.add(squeezed.letters.length - (again ? letter.length : 0));
      if (first && again) squeezed.begins.add(squeezed.letters.length);
      if (!again) squeezed.letters += letter;
      first = false;
    }
    squeezed.ends.add(squeezed.letters.length);
  }
  return squeezed;
}

/**
 * Whether one of these words stands in a text, in whatever spelling: other alphabets, digits for letters,
 * letters apart or again and again. It rather finds one too many.
 */
export function saysOneOf(text: string, words: readonly string[]): boolean {
  return (["i", "l"] as const).some((one) => {
    const { letters, begins, ends } = squeeze(text, one);
    return words.some((word) => {
      const wanted = squeeze(word, one).letters;
      if (wanted === "") return false;
      for (let at = letters.indexOf(wanted); at >= 0; at = letters.indexOf(wanted, at + 1)) {
        if (begins.has(at) && ends.has(at + wanted.length)) return true;
      }
      return false;
    });
  });
}
