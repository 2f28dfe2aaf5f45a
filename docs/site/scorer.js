/* The order of what a search finds: topics (rivet_docs/topics.py), names in the code, guides, the rest of the reference,
   and last the pages about how this project is made. Sphinx puts this file before its own script. */
var Scorer = {
  score: ([page, , , , points, , kind]) => {
    if (/^(project\/|(architecture|development|overview|performance)$)/.test(page)) return points - 100;
    return kind === "object" || page.startsWith("reference/") ? points : points + 12;
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
