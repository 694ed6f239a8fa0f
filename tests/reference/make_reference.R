# Reference numbers of R's survey package for its own example data (California Academic Performance Index).
#   apt-get install r-cran-survey r-cran-jsonlite
#   Rscript make_reference.R        reads data/api*.csv, writes data/reference.json beside them
suppressMessages({library(survey); library(jsonlite)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
read <- function(name) {
  d <- read.csv(file.path(here, "data", paste0(name, ".csv")))
  d$answered <- seq_len(nrow(d)) %% 7 != 0                           # every seventh skipped the item
  d$item <- ifelse(d$answered, d$api00, 0)                           # calibrated subsets keep all rows: 0, not NA
  d$comp <- as.numeric(d$comp.imp == "Yes")
  d$home <- paste(d$stype, d$dnum)                                   # districts inside a school type
  d
}
srs <- read("apisrs"); strat <- read("apistrat"); clus <- read("apiclus1")
margins <- read.csv(file.path(here, "data", "api_margins.csv"))
count <- function(v) { m <- margins[margins$variable == v, ]; setNames(m$count, m$level) }
stype <- count("stype"); wide <- count("sch.wide"); size <- sum(stype)
# joint cells as counted in the population file of the package
data(api, package = "survey"); joint <- as.data.frame(table(stype = apipop$stype, sch.wide = apipop$sch.wide))

designs <- list(
  srs = svydesign(id = ~1, weights = ~pw, data = srs),
  srs_fpc = svydesign(id = ~1, weights = ~pw, fpc = ~fpc, data = srs),
  strat = svydesign(id = ~1, strata = ~stype, weights = ~pw, data = strat),
  strat_fpc = svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat),
  clus = svydesign(id = ~dnum, weights = ~pw, data = clus),
  clus_fpc = svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = clus))
formula <- ~stype + sch.wide
totals <- c(`(Intercept)` = size, stypeH = stype[["H"]], stypeM = stype[["M"]], sch.wideYes = wide[["Yes"]])
greg <- function(d, ...) calibrate(d, formula, totals, epsilon = 1e-13, maxit = 500, ...)
freq <- function(v, name) setNames(data.frame(names(v), as.vector(v)), c(name, "Freq"))
# bounds that bind; the clusters hold few schools without a school-wide target: their weights must double
bounds <- list(srs = list(linear = c(0.9345, 1.3), logit = c(0.9, 1.1)), strat = list(linear = c(0.9965, 1.3), logit = c(0.99, 1.02)),
  clus = list(linear = c(0.9, 2.3), logit = c(0.7, 2.6)))
bounds_for <- function(d) bounds[[if (nrow(d) == nrow(clus)) "clus" else if (is.factor(d$strata[[1]]) || length(unique(d$strata[[1]])) > 1) "strat" else "srs"]]
weightings <- list(
  base = identity,
  poststratify_wide = function(d) postStratify(d, ~sch.wide, freq(wide, "sch.wide")),
  poststratify_joint = function(d) postStratify(d, ~stype + sch.wide, joint),
  rake = function(d) greg(d, calfun = "raking"),
  linear = function(d) greg(d, calfun = "linear"),
  linear_bounded = function(d) greg(d, calfun = "linear", bounds = bounds_for(d)$linear),
  logit = function(d) greg(d, calfun = "logit", bounds = bounds_for(d)$logit),
  # one-sided: with two limits this version gives weight back to units at the lower limit, 4.2 and later do not
  rake_trimmed = function(d) { r <- greg(d, calfun = "raking"); upper <- 0.7 * max(weights(r)) + 0.3 * mean(weights(r))
    t <- trimWeights(r, upper = upper, strict = TRUE); attr(t, "limits") <- upper; t })

number <- function(x) { x <- as.vector(x); ifelse(is.finite(x), x, NA) }
one <- function(e, d, ...) { i <- confint(e, df = degf(d)); list(value = number(coef(e)), se = number(SE(e)),
  low = number(i[, 1]), high = number(i[, 2]), df = degf(d), ...) }
# covariances of the means of school types through totals and the delta method: svyby(covmat = TRUE)
# of this version fails on calibrated designs
contrasts <- function(d) {
  for (s in c("E", "H", "M")) { d$variables[[paste0("y", s)]] <- d$variables$item * (d$variables$stype == s)
    d$variables[[paste0("n", s)]] <- as.numeric(d$variables$stype == s) }
  t <- svytotal(~yE + yH + yM + nE + nH + nM, d)
  e <- svycontrast(t, list(E = quote(yE / nE), H = quote(yH / nH), M = quote(yM / nM)))
  f <- svycontrast(t, quote(yE / nE - yH / nH))
  list(covariance = as.matrix(vcov(e)), difference = list(value = number(coef(f)), se = number(SE(f)))) }
quantiles <- function(f, d) lapply(c(0.1, 0.25, 0.5, 0.9), function(p) { q <- svyquantile(f, d, p, qrule = "math", df = degf(d))[[1]]
  list(level = p, value = q[[1]], low = number(q[[2]]), high = number(q[[3]]), se = number(q[[4]])) })
share <- function(d) { a <- svyciprop(~comp, d, method = "logit"); b <- svyciprop(~comp, d, method = "beta")
  list(value = number(coef(a)), se = number(SE(a)), logit = number(attr(a, "ci")), beta = number(attr(b, "ci"))) }
figures <- function(d) {
  answered <- subset(d, answered); m <- suppressWarnings(svymean(~item, answered, deff = TRUE))
  domain <- subset(d, comp.imp == "Yes" & answered); dm <- suppressWarnings(svymean(~item, domain, deff = TRUE))
  t <- suppressWarnings(svytotal(~item, answered, deff = TRUE))
  list(weights = weights(d), limits = attr(d, "limits"),
    mean = one(svymean(~api00, d), d),
    item_mean = one(m, answered, deff = number(deff(m))),
    domain_mean = one(dm, domain, deff = number(deff(dm))),
    stype_means = { b <- svyby(~item, ~stype, answered, svymean); list(level = b$stype, value = b$item, se = b$se) },
    total = one(svytotal(~api00, d), d), item_total = one(t, answered, deff = number(deff(t))),
    domain_total = one(svytotal(~item, domain), domain),
    ratio = { r <- svyratio(~api00, ~api99, d); list(value = number(coef(r)), se = number(SE(r))) },
    domain_ratio = { r <- svyratio(~api00, ~api99, domain); list(value = number(coef(r)), se = number(SE(r))) },
    contrasts = contrasts(answered), share = share(d), quantiles = quantiles(~api00, d), domain_quantiles = quantiles(~api00, domain))
}
failed <- function(e) NULL                       # bounds that no weights can keep: left out
out <- list(R = R.version.string, survey = as.character(packageVersion("survey")), bounds = bounds, joint = joint, figures = list(), lonely = list())
for (n in names(designs)) for (w in names(weightings)) {
  d <- tryCatch(suppressWarnings(weightings[[w]](designs[[n]])), error = failed)
  if (!is.null(d)) out$figures[[n]][[w]] <- figures(d)
}
# one stratum with a single school, under each rule; districts as clusters inside school types
few <- strat[c(which(strat$stype == "E")[1:40], which(strat$stype == "H")[1], which(strat$stype == "M")), ]
for (rule in c("certainty", "adjust", "average")) { options(survey.lonely.psu = rule)
  d <- svydesign(id = ~1, strata = ~stype, weights = ~pw, data = few)
  out$lonely[[rule]] <- list(mean = one(svymean(~api00, d), d), total = one(svytotal(~api00, d), d)) }
options(survey.lonely.psu = "fail")
d <- svydesign(id = ~home, strata = ~stype, weights = ~pw, data = strat)
out$nested <- list(mean = one(svymean(~api00, d), d), total = one(svytotal(~api00, d), d), ratio = number(SE(svyratio(~api00, ~api99, d))))
out$few_rows <- as.integer(rownames(few))
write_json(out, file.path(here, "data", "reference.json"), digits = NA, auto_unbox = TRUE, pretty = FALSE, na = "null", null = "null")
for (n in names(out$figures)) cat(n, ":", names(out$figures[[n]]), "\n")
