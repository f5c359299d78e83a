/** What organizers' pages do with JavaScript on: charts, and a preview while one writes. */
import uPlot from "uplot";
import { markdownToHtml } from "../lib/markdown.ts";

const COLOURS = ["#14508c", "#b3610a", "#5b7f3a"];
const HEIGHT_PX = 240;
const LEAST_WIDTH_PX = 280;
const DAY_S = 86_400;
const WEEK_DAYS = 7;
const TYPING_MS = 300;

/** At least a week, so that the first day of a campaign is not the whole width. */
function padded(data: number[][]): uPlot.AlignedData {
  const [days, ...series] = data as [number[], ...number[][]];
  const missing = Math.max(0, WEEK_DAYS - days.length);
  const earlier = Array.from({ length: missing }, (_, at) => days[0]! - (missing - at) * DAY_S);
  const zeros = earlier.map(() => 0);
  return [[...earlier, ...days], ...series.map((one) => [...zeros, ...one])];
}

function drawChart(figure: HTMLElement): void {
  const data = padded(JSON.parse(figure.dataset["chart"]!) as number[][]);
  const names = JSON.parse(figure.dataset["names"]!) as string[];
  const ink = getComputedStyle(figure).color;
  const axis = { stroke: ink, grid: { stroke: "rgba(128, 128, 128, 0.25)" } };
  const plot = new uPlot(
    {
      width: Math.max(LEAST_WIDTH_PX, figure.clientWidth),
      height: HEIGHT_PX,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), "UTC"),
      scales: {
        y: { range: (_, __, most) => [0, Math.max(5, most)] },
      },
      axes: [axis, axis],
      series: [
        { label: "" },
        ...names.map((label, place) => ({
          label,
          stroke: COLOURS[place % COLOURS.length]!,
          width: 2,
          points: { show: data[0].length < 40 },
        })),
      ],
    },
    data,
    figure,
  );
  addEventListener("resize", () => {
    plot.setSize({ width: Math.max(LEAST_WIDTH_PX, figure.clientWidth), height: HEIGHT_PX });
  });
}

function previewWhileTyping(preview: HTMLElement): void {
  const field = document.getElementById(preview.dataset["previewOf"]!);
  if (!(field instanceof HTMLTextAreaElement)) return;
  let timer = 0;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      preview.innerHTML = markdownToHtml(field.value);
    }, TYPING_MS);
  });
}

for (const figure of document.querySelectorAll<HTMLElement>("[data-chart]")) drawChart(figure);
for (const preview of document.querySelectorAll<HTMLElement>("[data-preview-of]")) {
  previewWhileTyping(preview);
}
