import type { FC } from "hono/jsx";
import { translator } from "./i18n.ts";
import { Layout } from "./layout.tsx";

/** What did not work, in the visitor's language, and a way on. */
export const ErrorPage: FC<{
  locale: string;
  origin: string;
  message: string;
  requestId: string;
  back: string | null;
}> = ({ locale, origin, message, requestId, back }) => {
  const t = translator(locale);
  return (
    <Layout locale={locale} title={t("error.title")} origin={origin} pathIn={null} personal>
      <h1>{t("error.title")}</h1>
      <p class="lead">{message}</p>
      <p>
        <a href={back ?? `/${locale}`}>{back ? t("error.back") : t("error.home")}</a>
      </p>
      <p class="quiet">{t("error.request_id", { id: requestId })}</p>
    </Layout>
  );
};
