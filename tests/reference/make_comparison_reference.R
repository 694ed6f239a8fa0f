# Reference numbers for ranks, trends and control limits, from R's own functions.
#   Rscript make_comparison_reference.R        writes data/comparison.json beside it
suppressMessages(library(jsonlite))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))

# ranks: the definition itself, summed over all sets of better units, integrated by R
chances <- function(theta, se) {
  k <- length(theta); p <- matrix(0, k, k)
  for (i in 1:k) { others <- setdiff(1:k, i)
    for (set in 0:(2^(k - 1) - 1)) { better <- bitwAnd(set, 2^(0:(k - 2))) > 0
      f <- function(v) sapply(v, function(x) { above <- pnorm((theta[others] - x) / se[others])
        dnorm(x, theta[i], se[i]) * prod(ifelse(better, above, 1 - above)) })
      r <- sum(better) + 1
      ends <- sort(unique(c(outer(c(-9, -3, 0, 3, 9), se) + rep(theta, each = 5))))
      p[i, r] <- p[i, r] + sum(mapply(function(a, b) integrate(f, a, b, rel.tol = 1e-11, abs.tol = 1e-13)$value,
        head(ends, -1), tail(ends, -1))) } }
  p }
theta <- c(88.1, 79.4, 79.4, 71, 83.2); se <- c(1.2, 2.5, 0.8, 2.2, 0.3)
# simultaneous intervals of Klein, Wright and Wieczorek; Holm over all pairs
z <- qnorm((1 + 0.95^(1 / 5)) / 2); low <- theta - z * se; high <- theta + z * se
pairs <- combn(5, 2); p <- 2 * pnorm(-abs(theta[pairs[1, ]] - theta[pairs[2, ]]) / sqrt(se[pairs[1, ]]^2 + se[pairs[2, ]]^2))
ranks <- list(theta = theta, se = se, chances = chances(theta, se),
  joint_low = sapply(1:5, function(k) 1 + sum(low > high[k])), joint_high = sapply(1:5, function(k) 5 - sum(high < low[k])),
  pairs = t(pairs), holm = p.adjust(p, "holm"))

months <- 1:8; y <- c(71.2, 72.9, 71.8, 74.1, 74.0, 76.3, 75.1, 77.7); e <- c(0.9, 1.4, 0.7, 1.1, 2, 0.8, 0.9, 1.6)
fit <- summary(lm(y ~ months, weights = 1 / e^2))
tied <- c(71, 73, 72, 74, 74, 76, 75, 75, 74, 79, 79, 79)
kendall <- function(v, ...) { k <- cor.test(seq_along(v), v, method = "kendall", ...); list(tau = unname(k$estimate), p = k$p.value) }
hits <- c(88, 97, 103, 130); totals <- c(120, 118, 125, 150)
test <- prop.trend.test(hits, totals); slopes <- outer(y, y, "-") / outer(months, months, "-")
trend <- list(months = months, y = y, e = e, slope = unname(fit$coefficients[2, 1]), intercept = unname(fit$coefficients[1, 1]),
  se = sqrt(fit$cov.unscaled[2, 2]), misfit = sum(fit$residuals^2), misfit_p = pchisq(sum(fit$residuals^2), 6, lower.tail = FALSE),
  exact = kendall(y, exact = TRUE), tied = tied, normal = kendall(tied, exact = FALSE, continuity = TRUE),
  theil_sen = median(slopes[lower.tri(slopes)]), hits = hits, totals = totals, chisq = unname(test$statistic), chisq_p = test$p.value)

good <- c(49, 50, 200, 944); asked <- c(50, 50, 210, 1000); usual <- 0.97; tail <- 0.0027 / 2
control <- list(hits = good, totals = asked, centre = usual, low = qbinom(tail, asked, usual), high = qbinom(1 - tail, asked, usual))
write_json(list(R = R.version.string, ranks = ranks, trend = trend, control = control),
  file.path(here, "data", "comparison.json"), digits = NA, auto_unbox = TRUE, pretty = FALSE)
