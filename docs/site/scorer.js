/* The order of what a search finds: the guide about it, names in the code, other guides, the rest of the reference, and
   last the pages about how this project is made. Sphinx puts this file before its own script. */

// What words begin with that people search for, and the guides that answer.
const topics = {
  "actions": "deadline time-out timeout",
  "actors-and-keys": "create input key",
  "concurrency": "cancel fork thread",
  "configuration": "auth deadline endpoint proxy time-out timeout token",
  "connections-and-events": "callback event reconnect subscri",
  "errors-and-retries": "error exception idempoten may_have_run retr",
  "observability": "log metric opentelemetry trac",
  "parameters": "auth",
  "testing": "fake localengine pytest test",
  "tutorial-typed": "type",
  "typed-bindings": "mypy pydantic pyright type",
  "when-something-goes-wrong": "error",
};
const asked = (new URLSearchParams(location.search).get("q") ?? "").toLowerCase().split(/\s+/);
const answers = (page) => topics[page]?.split(" ").some((start) => asked.some((word) => word.startsWith(start)));

var Scorer = {
  score: ([page, , anchor, , points, , kind]) => {
    if (/^(project\/|(architecture|development|overview|performance)$)/.test(page)) return points - 100;
    if (kind === "object" || page.startsWith("reference/")) return points;
    return points + (!anchor && answers(page) ? 100 : 12);
  },
  // The whole name of an object comes before headings of guides. All else is as Sphinx has it.
  objNameMatch: 23,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
