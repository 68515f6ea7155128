/// The random numbers of NumPy's `RandomState`, from which Kur draws subsets: the same seed picks the same entries here.
///
/// Matsumoto and Nishimura 1998, "Mersenne Twister"; `numpy/random/mtrand/randomkit.c` of NumPy 1.13 for seeds and intervals.
struct MersenneTwister {
  private static let size = 624
  private var state: [UInt32]
  private var position = size

  init(seed: UInt32) {
    state = [UInt32](repeating: seed, count: Self.size)
    for index in 1..<Self.size {
      let last = state[index - 1]
      state[index] = 1_812_433_253 &* (last ^ last >> 30) &+ UInt32(index)
    }
  }

  /// 32 random bits.
  mutating func next() -> UInt32 {
    if position == Self.size { renew() }
    var bits = state[position]
    position += 1
    bits ^= bits >> 11
    bits ^= bits << 7 & 0x9d2c_5680
    bits ^= bits << 15 & 0xefc6_0000
    return bits ^ bits >> 18
  }

  private mutating func renew() {
    for index in 0..<Self.size {
      let bits = state[index] & 0x8000_0000 | state[(index + 1) % Self.size] & 0x7fff_ffff
      state[index] =
        state[(index + 397) % Self.size] ^ bits >> 1 ^ (bits & 1 == 0 ? 0 : 0x9908_b0df)
    }
    position = 0
  }

  /// A number from 0 to `largest`, each as likely.
  private mutating func interval(_ largest: Int) -> Int {
    guard largest > 0 else { return 0 }
    var mask = largest
    for shift in [1, 2, 4, 8, 16, 32] { mask |= mask >> shift }
    while true {
      let value =
        largest <= Int(UInt32.max)
        ? Int(next()) & mask : (Int(next()) << 32 | Int(next())) & mask
      if value <= largest { return value }
    }
  }

  /// The numbers below `count` in a random order.
  mutating func permutation(_ count: Int) -> [Int] {
    var numbers = Array(0..<count)
    for index in stride(from: count - 1, to: 0, by: -1) {
      numbers.swapAt(index, interval(index))
    }
    return numbers
  }
}
