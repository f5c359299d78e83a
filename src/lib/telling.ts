/** Stems of words that tell whoever looks at a mailbox from outside what a mail is about. */
const STEMS =
  "sanction sanktion sankcj sankcij санкц petition petición pétition petyc peticij петыц петиц " +
  "belarus bielarus bélarus białoru bialoru baltarus belorus беларус белорус " +
  "russia russie russland rosj rusij росси расі minsk mińsk мінск минск " +
  "moscow moskau moskv moskw moscou maskv москв маскв lukash lukasch łukasz lukaš loukach лукаш " +
  "putin poutine путин пуцін kreml кремл крэмл regime régime reżim režim рэжым режим " +
  "embargo эмбарг ukrain украін украин україн prisoner вязн узник więzi häftling prisonni freedom freiheit liberté " +
  "wolność laisv свабод свобод зварот appeal обращен sanktsi sanktsy " +
  "protest протест пратэст signature unterschr подпис подпіс podpis parašas";

const telling = new RegExp(STEMS.replaceAll(" ", "|"), "iu");

/** Whether a name, an address or a line shows from outside what it is about. */
export function isTelling(text: string): boolean {
  return telling.test(text.normalize("NFC"));
}
