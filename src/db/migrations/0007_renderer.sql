-- Which renderer made the HTML: what an older one made is made anew (lib/markdown.ts).
ALTER TABLE campaign_texts ADD COLUMN renderer INTEGER NOT NULL DEFAULT 0;
ALTER TABLE updates ADD COLUMN renderer INTEGER NOT NULL DEFAULT 0;
