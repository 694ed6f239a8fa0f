# R's survey package: Rscript with_survey.R FOLDER calibrate|rake        prints one line of JSON
# calibrate() weighs the regression of its variance by base weights; rake() sweeps the residuals
# instead. Both know that the weights are raked. As elsewhere, 10,000 rows warm up first.
suppressMessages(library(survey))
given <- commandArgs(trailingOnly = TRUE)
folder <- given[1]; method <- given[2]
tolerance <- 1e-10
variables <- c("region", "sexage", "education")
read <- function(name) {
  file <- file.path(folder, paste0(name, ".int8"))
  readBin(file, "integer", n = file.size(file), size = 1)
}
margins <- read.csv(file.path(folder, "margins.csv"))
target <- lapply(setNames(variables, variables), function(v) {
  m <- margins[margins$variable == v, ]; setNames(m$count, m$level) })
people <- sum(target$region)
all <- data.frame(lapply(setNames(variables, variables), function(v)
  factor(read(v), levels = names(target[[v]]))))
all$score <- read("level") * 25
smallest <- min(unlist(target)) / people

weigh <- function(d) {
  if (method == "calibrate") {
    population <- c("(Intercept)" = people,
      unlist(lapply(variables, function(v) setNames(target[[v]][-1], paste0(v, names(target[[v]])[-1])))))
    calibrate(d, ~region + sexage + education, population = population,
      calfun = "raking", epsilon = tolerance, maxit = 100)
  } else {
    tables <- lapply(variables, function(v)
      setNames(data.frame(factor(names(target[[v]]), levels = names(target[[v]])), target[[v]]), c(v, "Freq")))
    rake(d, list(~region, ~sexage, ~education), tables,
      control = list(maxit = 1000, epsilon = tolerance * smallest))
  }
}
estimate <- function(d) svyby(~score, ~region, d, svymean, keep.var = TRUE)
design <- function(rows) {
  rows$base <- people / nrow(rows)
  svydesign(ids = ~1, weights = ~base, data = rows)
}

first <- design(all[seq_len(min(10000, nrow(all))), ])
invisible(estimate(weigh(first)))
d <- design(all)
invisible(gc())
cpu <- function(t) unname(t[["user.self"]] + t[["sys.self"]])
start <- proc.time(); raked <- weigh(d)
weighted <- proc.time(); found <- estimate(raked)
end <- proc.time()
w <- weights(raked)
reached <- sapply(variables, function(v) max(abs(tapply(w, all[[v]], sum) / target[[v]] - 1)))
peak <- as.numeric(gsub("[^0-9]", "", grep("VmHWM", readLines("/proc/self/status"), value = TRUE))) / 1024
numbers <- function(x) paste0("[", paste(sprintf("%.17g", x), collapse = ","), "]")
found <- found[order(as.integer(as.character(found$region))), ]
cat(sprintf('{"version": "survey %s, R %s.%s", "wall": %.6f, "weighting": %.6f, "estimation": %.6f, "peak_mb": %.1f, "margin_error": %.3e, "means": %s, "errors": %s}\n',
  packageVersion("survey"), R.version$major, R.version$minor, end[["elapsed"]] - start[["elapsed"]],
  cpu(weighted) - cpu(start), cpu(end) - cpu(weighted), peak, max(reached), numbers(coef(found)), numbers(SE(found))))
