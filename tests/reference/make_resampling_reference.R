# Reference numbers for resampling, chi-square tests, composites and relevance on the same samples.
#   Rscript make_resampling_reference.R     reads data/api*.csv, writes data/resampling.json beside them
suppressMessages({library(survey); library(jsonlite)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
read <- function(name) { d <- read.csv(file.path(here, "data", paste0(name, ".csv")))
  d$comp <- as.numeric(d$comp.imp == "Yes"); d$home <- paste(d$stype, d$dnum)
  d$answered <- seq_len(nrow(d)) %% 7 != 0
  d$before <- seq_len(nrow(d)) %% 5 != 0                             # another item, skipped by others
  d$relevance <- c(1, 0.5, 0.25)[seq_len(nrow(d)) %% 3 + 1]
  d$band <- cut(d$api00, c(0, 550, 700, 1000), labels = c("low", "middle", "high")); d }
srs <- read("apisrs"); strat <- read("apistrat"); clus <- read("apiclus1")
margins <- read.csv(file.path(here, "data", "api_margins.csv"))
count <- function(v) { m <- margins[margins$variable == v, ]; setNames(m$count, m$level) }
stype <- count("stype"); wide <- count("sch.wide"); size <- sum(stype)
totals <- c(`(Intercept)` = size, stypeH = stype[["H"]], stypeM = stype[["M"]], sch.wideYes = wide[["Yes"]])
rake_to <- function(d, ...) calibrate(d, ~stype + sch.wide, totals, calfun = "raking", epsilon = 1e-13, maxit = 500, ...)
rake_replicates <- function(d) rake_to(d, compress = FALSE)
designs <- list(
  srs = svydesign(id = ~1, weights = ~pw, data = srs), srs_fpc = svydesign(id = ~1, weights = ~pw, fpc = ~fpc, data = srs),
  strat = svydesign(id = ~1, strata = ~stype, weights = ~pw, data = strat),
  strat_fpc = svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat),
  clus = svydesign(id = ~dnum, weights = ~pw, data = clus), clus_fpc = svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = clus))
number <- function(x) { x <- unname(as.vector(x)); ifelse(is.finite(x), x, NA) }
both <- function(e) list(value = number(coef(e)), se = number(SE(e)))
# delete-one jackknife, every replicate calibrated anew, distances from the full estimate
jackknife <- function(d, weigh) {
  kind <- if (length(unique(d$strata[[1]])) > 1) "JKn" else "JK1"
  r <- weigh(as.svrepdesign(d, type = kind, mse = TRUE, compress = FALSE))
  by <- svyby(~api00, ~stype, r, svymean, covmat = TRUE)
  trimmed <- withReplicates(r, function(w, data) { o <- order(data$api00); v <- data$api00[o]; f <- cumsum(w[o]) / sum(w)
    g <- diff(c(0.1, pmin(pmax(f, 0.1), 0.9))); sum(g * v) / sum(g) })
  list(mean = both(svymean(~api00, r)), share = both(svymean(~comp, r)), total = both(svytotal(~api00, r)), trimmed = both(trimmed),
    groups = list(level = by$stype, value = number(coef(by)), covariance = matrix(vcov(by), 3))) }
# bootstrap: Monte-Carlo, the tests allow for its scatter
bootstrap <- function(d, weigh) { set.seed(20261121)
  r <- weigh(as.svrepdesign(d, type = "subbootstrap", replicates = 2000, compress = FALSE)); both(svymean(~api00, r)) }
chi <- function(d) lapply(list(wide_band = ~sch.wide + band, comp_stype = ~comp.imp + stype, stype_band = ~stype + band), function(f) {
  a <- suppressWarnings(svychisq(f, d, statistic = "F")); b <- suppressWarnings(svychisq(f, d, statistic = "Chisq"))
  list(f = number(a$statistic), df = number(a$parameter), p = number(a$p.value), pearson = number(b$statistic), chisq_df = number(b$parameter), chisq_p = number(b$p.value)) })
# shares to be tested, where the size of the population is not itself estimated
# (levels in alphabetical order: this version of svygofchisq mixes others up in its variance)
fit <- function(d) { d <- update(d, level = factor(as.integer(band)))
  g <- suppressWarnings(svygofchisq(~level, c(0.2, 0.5, 0.3), d)); list(statistic = number(g$statistic), lambda = g$lambda[1:2]) }
# three items, two of them with missing answers, combined 2 : 1 : 1 through totals
composite <- function(d) {
  d <- update(d, y1 = api00 * answered, n1 = as.numeric(answered), y2 = api99 * before, n2 = as.numeric(before), y3 = 1000 * comp, one = 1)
  t <- svytotal(~y1 + n1 + y2 + n2 + y3 + one, d)
  e <- svycontrast(t, list(first = quote(y1 / n1), second = quote(y2 / n2), third = quote(y3 / one)))
  list(value = number(coef(e)), covariance = matrix(vcov(e), 3), overall = both(svycontrast(t, quote(y1 / n1 / 2 + y2 / n2 / 4 + y3 / one / 4)))) }
relevance <- function(d) {
  d <- update(d, points = c(low = 0, middle = 60, high = 100)[as.character(band)], one = 1); d <- update(d, ap = relevance * points)
  t <- svytotal(~ap + relevance + points + one, d)
  list(weighted = both(svycontrast(t, quote(ap / relevance))), plain = both(svycontrast(t, quote(points / one))),
    gap = both(svycontrast(t, quote(ap / relevance - points / one)))) }
net <- function(d) { d <- update(d, net = c(low = -100, middle = 0, high = 100)[as.character(band)]); both(svymean(~net, d)) }
# districts combined with weights of their own
overall <- function(d) { b <- svyby(~api00, ~stype, d, svymean, covmat = TRUE); both(svycontrast(b, c(E = 0.5, H = 0.2, M = 0.3))) }
out <- list(R = R.version.string, survey = as.character(packageVersion("survey")), figures = list())
for (n in names(designs)) { d <- designs[[n]]; raked <- rake_to(d)
  out$figures[[n]] <- list(
    base = list(jackknife = jackknife(d, identity), chi = chi(d), fit = if (!startsWith(n, "clus")) fit(d), composite = composite(d), relevance = relevance(d), net = net(d), overall = overall(d)),
    rake = list(jackknife = jackknife(d, rake_replicates), chi = chi(raked), fit = fit(raked), composite = composite(raked), relevance = relevance(raked), net = net(raked))) }
for (n in c("srs", "strat", "clus")) { out$figures[[n]]$base$bootstrap <- bootstrap(designs[[n]], identity)
  out$figures[[n]]$rake$bootstrap <- tryCatch(bootstrap(designs[[n]], rake_replicates), error = function(e) NULL) }
write_json(out, file.path(here, "data", "resampling.json"), digits = NA, auto_unbox = TRUE, pretty = FALSE, na = "null", null = "null")
