/// Lets the sound echo as in a room: `reverb[delay=20,decay=10]`, in milliseconds and decibels.
struct Reverb: Augmentation {
  static let name = "reverb"

  let domain = AugmentationDomain.sample
  private let delay: ValueRange
  private let decay: ValueRange

  /// Delays that share no factor, so that echoes do not add up to a tone.
  private static let primes = [17.0, 19, 23, 29, 31]

  /// The shortest delay, in samples.
  private static let shortest = 16

  init(_ fields: inout AugmentationFields) throws(AudioError) {
    delay = try fields.range("delay", ValueRange(20), within: 0...10_000)
    decay = try fields.range("decay", ValueRange(10), within: 0...1e9)
  }

  func apply(
    to values: inout AugmentedValues, _ context: inout AugmentationContext
  ) throws(AudioError) {
    let delay = context.draw(delay)
    values.values = Self.echoing(
      values.values, sampleRate: context.settings.sampleRate, delay: delay,
      decay: context.draw(decay))
  }

  /// `samples` with five layers of echoes, each `decay` decibels softer than the one before, as loud as before.
  static func echoing(
    _ samples: [Float], sampleRate: Int, delay: Double, decay: Double
  ) -> [Float] {
    let dry = samples.map { Double($0) }
    let feedback = Loudness.ratio(-decay)
    var sum = dry
    for prime in primes {
      let length = delay * (prime / primes[0]) * Double(sampleRate) / 1000
      let lag = max(shortest, Int(length))
      var layer = dry
      for index in stride(from: lag, to: layer.count, by: 1) {
        layer[index] += feedback * layer[index - lag]
      }
      for index in sum.indices { sum[index] += layer[index] }
    }
    let peak = samples.reduce(Float(0)) { max($0, abs($1)) }
    let wetPeak = sum.reduce(0) { max($0, abs($1)) }
    let ratio = max(Double(peak), 1e-16) / max(wetPeak, 1e-16)
    return sum.map { Float(min(max($0 * ratio, -1), 1)) }
  }
}
