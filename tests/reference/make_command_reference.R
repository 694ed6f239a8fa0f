# Reference numbers for what only the command line does with the same samples.
#   Rscript make_command_reference.R        reads data/api*.csv, writes data/command.json beside them
suppressMessages({library(survey); library(jsonlite)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
read <- function(name) read.csv(file.path(here, "data", paste0(name, ".csv")))
srs <- read("apisrs"); strat <- read("apistrat"); clus <- read("apiclus1")
number <- function(x) { x <- unname(as.vector(x)); ifelse(is.finite(x), x, NA) }
mean_of <- function(d) { m <- suppressWarnings(svymean(~api00, d, deff = TRUE)); i <- confint(m, df = degf(d))
  list(value = number(coef(m)), se = number(SE(m)), low = number(i[, 1]), high = number(i[, 2]), deff = number(deff(m))) }
total_of <- function(d) { m <- suppressWarnings(svytotal(~api00, d, deff = TRUE)); i <- confint(m, df = degf(d))
  list(value = number(coef(m)), se = number(SE(m)), low = number(i[, 1]), high = number(i[, 2]), deff = number(deff(m))) }
# population sizes without weights: each unit stands for N/n
sized <- list(
  srs = svydesign(id = ~1, fpc = ~fpc, data = srs),
  strat = svydesign(id = ~1, strata = ~stype, fpc = ~fpc, data = strat),
  clus = svydesign(id = ~dnum, fpc = ~fpc, data = clus))
# neither: all weights are equal, and no design effect exists
bare <- suppressWarnings(list(
  srs = svydesign(id = ~1, data = srs),
  strat = svydesign(id = ~1, strata = ~stype, data = strat),
  clus = svydesign(id = ~dnum, data = clus)))
both <- function(d) list(mean = mean_of(d), total = total_of(d))
# groups by two columns, and the levels of a text column in each group
d <- svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat)
two <- suppressWarnings(svyby(~api00, ~sch.wide + comp.imp, d, svymean, deff = TRUE))
groups <- data.frame(sch.wide = two$sch.wide, comp.imp = two$comp.imp, value = two$api00, se = two$se, deff = two$DEff.api00)
totals <- suppressWarnings(svyby(~api00, ~sch.wide + comp.imp, d, svytotal))
groups$total <- totals$api00; groups$total_se <- totals$se
levels <- lapply(c("No", "Yes"), function(w) { part <- subset(d, sch.wide == w)
  lapply(c("E", "H", "M"), function(s) { part <- update(part, hit = as.numeric(stype == s))
    m <- suppressWarnings(svymean(~hit, part, deff = TRUE)); l <- svyciprop(~hit, part, method = "logit", level = 0.9)
    list(group = w, level = s, value = number(coef(m)), se = number(SE(m)), deff = number(deff(m)), logit = number(attr(l, "ci"))) }) })
write_json(list(R = R.version.string, survey = as.character(packageVersion("survey")), sized = lapply(sized, both), bare = lapply(bare, both),
  groups = groups, levels = do.call(c, levels)),
  file.path(here, "data", "command.json"), digits = NA, auto_unbox = TRUE, pretty = FALSE, na = "null", null = "null")
