// exp and log that a compiler can inline and vectorise.
//
// NEURON's translator calls hoc_Exp, a function in another library: one call per exponential and
// per compartment, which no compiler can merge, drop or vectorise. These are the textbook methods
// (argument reduction by powers of two, then a polynomial) without branches or tables. Largest
// error found: 1 unit in the last place for exp, 2 for log (tests/mechanisms/test_math.py).
//
// The coefficients interpolate at Chebyshev nodes: what is left of exp(r) after its first four terms
// on |r| <= ln(2)/2, to 7e-19; (2 atanh(s)/s - 2)/s^2 as a function of s^2 on |s| <= 0.1716, to 9e-18.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(__clang__)
#define BOUTON_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define BOUTON_INDEPENDENT _Pragma("GCC ivdep")
#endif

namespace bouton {

inline double from_bits(std::uint64_t bits) {
    double value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

inline std::uint64_t to_bits(double value) {
    std::uint64_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}

// Arguments beyond +-700 count as +-700 (hoc_Exp does so above, and gives 0 below).
inline double exp(double x) {
#ifdef __FAST_MATH__  // the rounding trick below would be optimised away
    return std::exp(x);
#else
    x = x > 700.0 ? 700.0 : x;
    x = x < -700.0 ? -700.0 : x;
    // Adding 1.5 * 2^52 rounds to an integer and leaves it in the low bits.
    const double shifted = x * 1.4426950408889634 + 6755399441055744.0;
    const double n = shifted - 6755399441055744.0;
    // ln(2) in two parts; the first has 33 bits, so n times it is exact.
    double r = x - n * 6.93147180369123816490e-01;
    r = r - n * 1.90821492927058770002e-10;
    const double r2 = r * r;
    const double r4 = r2 * r2;
    const double w01 = 0.041666666666666664 + r * 0.008333333333332155;
    const double w23 = 0.0013888888888888048 + r * 0.0001984126985433861;
    const double w45 = 2.4801587310920686e-05 + r * 2.755728006701698e-06;
    const double w67 = 2.7557291258666905e-07 + r * 2.5095554677111112e-08;
    const double w47 = w45 + r2 * w67;
    const double w = (w01 + r2 * w23) + r4 * (w47 + r4 * 2.0907786724124373e-09);
    const double q = (0.5 + r * 0.16666666666666666) + r2 * w;
    const double scale = from_bits((to_bits(shifted) + 1023) << 52);
    return scale * (1.0 + (r + r2 * q));
#endif
}

inline double log(double x) {
#ifdef __FAST_MATH__
    return std::log(x);
#else
    // Subnormal numbers are lifted into the normal range first.
    const bool is_small = x < 2.2250738585072014e-308;
    const double normal = is_small ? x * 18014398509481984.0 : x;
    // The integer part k makes the mantissa fall between sqrt(1/2) and sqrt(2).
    const std::uint64_t offset = to_bits(normal) + (0x3ff0000000000000u - 0x3fe6a09e667f3bcdu);
    const std::uint64_t biased = offset >> 52;
    const double m = from_bits((offset & 0x000fffffffffffffu) + 0x3fe6a09e667f3bcdu);
    const double k = from_bits(biased | 0x4330000000000000u) - (4503599627370496.0 + 1023.0) -
                     (is_small ? 54.0 : 0.0);
    const double f = m - 1.0;
    const double s = f / (m + 1.0);
    const double z = s * s;
    const double z2 = z * z;
    const double p01 = 0.666666666666667 + z * 0.39999999999899444;
    const double p23 = 0.2857142862600327 + z * 0.22222211130259878;
    const double p45 = 0.18182889455674947 + z * 0.15331710618210773;
    const double p = (p01 + z2 * p23) + (z2 * z2) * (p45 + z2 * 0.14616585424888623);
    // 2 s = f - s f, which keeps the digits of f.
    const double small = k * 1.90821492927058770002e-10 + (z * s * p - s * f);
    const double result = k * 6.93147180369123816490e-01 + (f + small);
    const double special = x == 0.0 ? -HUGE_VAL : (x < 0.0 ? NAN : x);
    return x > 0.0 && x < HUGE_VAL ? result : special;
#endif
}

}  // namespace bouton
