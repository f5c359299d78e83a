import type { FC } from "hono/jsx";
import { translator } from "../ui/i18n.ts";
import { Layout } from "../ui/layout.tsx";

/** Stops mail to an address, and allows it again. */
export const StopPage: FC<{ locale: string; origin: string; token: string; stopped: boolean }> = ({
  locale,
  origin,
  token,
  stopped,
}) => {
  const t = translator(locale);
  return (
    <Layout
      locale={locale}
      title={t("stop.title")}
      origin={origin}
      personal
      pathIn={(other) => `/${other}/stop?t=${token}`}
    >
      <h1>{t("stop.title")}</h1>
      {stopped ? (
        <>
          <p class="lead">{t("stop.done")}</p>
          <p>{t("stop.allow_lead")}</p>
        </>
      ) : (
        <p class="lead">{t("stop.lead")}</p>
      )}
      <form method="post" action={`/${locale}/stop?t=${token}`}>
        <input type="hidden" name="wish" value={stopped ? "allow" : "stop"} />
        <button type="submit">{stopped ? t("stop.allow") : t("stop.submit")}</button>
      </form>
    </Layout>
  );
};
