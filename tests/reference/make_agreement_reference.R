# Reference numbers for agreement: R's psych (ICC, alpha) and vegan (Kendall's W with the F form).
#   Rscript make_agreement_reference.R        writes data/agreement.json beside itself
suppressMessages({library(psych); library(vegan); library(jsonlite)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
# Shrout and Fleiss (1979), table 2: six subjects, four judges
shrout <- rbind(c(9, 2, 5, 8), c(6, 1, 3, 2), c(8, 4, 6, 8), c(7, 1, 2, 6), c(10, 5, 6, 9), c(6, 2, 4, 7))
# made up: many ties, one judge who gives everybody the same
tied <- rbind(c(3, 4, 3, 3), c(4, 4, 3, 5), c(4, 3, 3, 4), c(5, 5, 3, 5), c(2, 3, 3, 2), c(5, 4, 3, 4), c(3, 3, 3, 3))
# made up: judges who disagree more than by chance
against <- rbind(c(1, 5, 3), c(2, 4, 3), c(5, 1, 2), c(4, 2, 4), c(3, 3, 1))
make <- function(x) {
  k <- kendall.global(x, nperm = 0)$Concordance_analysis
  i <- suppressWarnings(suppressMessages(ICC(x, lmer = FALSE, alpha = 0.05)))$results
  used <- x[, apply(x, 2, sd) > 0, drop = FALSE]
  a <- suppressWarnings(suppressMessages(alpha(used, warnings = FALSE, check.keys = FALSE)))
  list(ratings = x,
    kendall = list(w = k["W", 1], f = k["F", 1], f_p = k["Prob.F", 1], chi2 = k["Chi2", 1]),
    icc = lapply(seq_len(6), function(r) list(value = i$ICC[r], f = i$F[r], df1 = i$df1[r], df2 = i$df2[r], p = i$p[r],
      low = i[["lower bound"]][r], high = i[["upper bound"]][r])),
    items = used, alpha = list(value = a$total$raw_alpha, low = a$feldt$lower.ci[[1]], high = a$feldt$upper.ci[[1]],
      without = a$alpha.drop$raw_alpha, item_rest = a$item.stats$r.drop))
}
write_json(list(R = R.version.string, psych = as.character(packageVersion("psych")), vegan = as.character(packageVersion("vegan")),
  shrout = make(shrout), tied = make(tied), against = make(against)),
  file.path(here, "data", "agreement.json"), digits = NA, auto_unbox = TRUE, pretty = FALSE, na = "null", null = "null")
