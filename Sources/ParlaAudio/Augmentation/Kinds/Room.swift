import ParlaPlatform

/// Simulates a room: `room[size=6~3,t60=0.4~0.3,distance=1.5~1]`, in metres and seconds.
///
/// The first echoes are those of mirror images of the speaker behind the walls (Allen and Berkley 1979, "Image method for efficiently
/// simulating small-room acoustics", eq. 10); the reverberation after them comes from a network of delays that lose only what
/// the decay requires (Jot and Chaigne 1991, "Digital delay networks for designing artificial reverberators"). The direct sound stays
/// in place, so texts and times remain valid.
struct Room: Augmentation {
  static let name = "room"

  let domain = AugmentationDomain.sample
  private let size: ValueRange
  private let decay: ValueRange
  private let distance: ValueRange

  init(_ fields: inout AugmentationFields) throws(AudioError) {
    size = try fields.range("size", ValueRange(6, radius: 3), within: 1...100)
    decay = try fields.range("t60", ValueRange(0.4, radius: 0.3), within: 0.05...10)
    distance = try fields.range("distance", ValueRange(1.5, radius: 1), within: 0.1...50)
  }

  func apply(
    to values: inout AugmentedValues, _ context: inout AugmentationContext
  ) throws(AudioError) {
    let response = Response(
      size: context.draw(size), decay: context.draw(decay), distance: context.draw(distance),
      sampleRate: context.settings.sampleRate, &context.random)
    values.values = response.applied(to: values.values)
  }

  /// A room's response to an impulse.
  struct Response {
    private struct Echo {
      let delay: Int
      let gain: Float
    }

    private var echoes: [Echo] = []
    private var tail: Reverberation
    /// Where the tail begins, and how loud it is.
    private let tailDelay: Int
    private var tailGain: Float = 0

    /// Metres a second.
    private static let speedOfSound = 343.0

    /// Mirror images on each side of each axis.
    private static let order = 3

    /// A room whose longest side is about `size`, with its other sides, the speaker and the microphone drawn.
    init(
      size: Double, decay: Double, distance: Double, sampleRate: Int,
      _ random: inout AugmentationRandom
    ) {
      func drawn(_ low: Double, _ high: Double) -> Double { low + (high - low) * random.uniform() }
      let sides = [size, size * drawn(0.6, 1), min(size * drawn(0.4, 0.7), max(2.4, size * 0.3))]
      let microphone = sides.map { $0 * drawn(0.2, 0.8) }
      // As far as the room allows, in a direction of its own.
      let angle = drawn(0, 2 * .pi)
      let steps = [cos(angle), sin(angle), drawn(-0.2, 0.2)].map { $0 * distance }
      let speaker = zip(zip(microphone, steps), sides).map { place, side in
        min(max(place.0 + place.1, 0.05 * side), 0.95 * side)
      }
      let volume = sides.reduce(1, *)
      let surface = 2 * (sides[0] * sides[1] + sides[1] * sides[2] + sides[0] * sides[2])
      // Sabine's formula; no wall swallows more than nearly all.
      let absorption = min(0.161 * volume / (surface * decay), 0.95)
      let direct = Self.length(zip(microphone, speaker).map { $0 - $1 })
      tailDelay = Int(2 * size / Self.speedOfSound * Double(sampleRate))
      tail = Reverberation(decay: decay, sampleRate: sampleRate, size: size)
      addEchoes(
        sides, microphone, speaker, direct: direct, reflection: (1 - absorption).squareRoot(),
        sampleRate)
      // The power of all reverberation in relation to the direct sound, by the critical distance.
      let critical = 0.057 * (volume / decay).squareRoot()
      let late =
        direct * direct / (critical * critical)
        * exp(-13.8 * Double(tailDelay) / Double(sampleRate) / decay)
      tailGain = Float((late / max(tail.clickPower(decay, sampleRate), 1e-12)).squareRoot())
    }

    private static func length(_ way: [Double]) -> Double {
      max(way.reduce(0) { $0 + $1 * $1 }.squareRoot(), 0.05)
    }

    private mutating func addEchoes(
      _ sides: [Double], _ microphone: [Double], _ speaker: [Double], direct: Double,
      reflection: Double, _ sampleRate: Int
    ) {
      /// The positions of the images on an axis, and how often sound hits a wall on the way from them.
      let images = (0..<3).map { axis in
        (-Self.order...Self.order).map { index -> (place: Double, count: Int) in
          let isMirrored = index % 2 != 0
          let place =
            Double(index) * sides[axis] + (isMirrored ? sides[axis] - speaker[axis] : speaker[axis])
          return (place - microphone[axis], abs(index))
        }
      }
      for x in images[0] {
        for y in images[1] {
          for z in images[2] {
            let count = x.count + y.count + z.count
            let way = Self.length([x.place, y.place, z.place])
            let seconds = (way - direct) / Self.speedOfSound
            let delay = Int((seconds * Double(sampleRate)).rounded())
            guard count > 0, delay >= 0, delay <= tailDelay else { continue }
            echoes.append(
              Echo(delay: delay, gain: Float(pow(reflection, Double(count)) * direct / way)))
          }
        }
      }
    }

    /// What arrives of `samples`, as loud as before.
    func applied(to samples: [Float]) -> [Float] {
      var sum = samples
      for echo in echoes where echo.delay < samples.count {
        for index in echo.delay..<samples.count {
          sum[index] += echo.gain * samples[index - echo.delay]
        }
      }
      var tail = tail
      for index in samples.indices.dropFirst(tailDelay) {
        sum[index] += tailGain * tail.next(samples[index - tailDelay])
      }
      return Loudness.normalized(sum, to: Loudness.peak(samples))
    }
  }

  /// Delays that feed one another and decay.
  struct Reverberation {
    private var lines: [[Float]]
    private var places: [Int]
    private let gains: [Float]

    /// In metres, for a room of one metre; no two have a factor in common.
    private static let lengths = [0.571, 0.673, 0.797, 0.919, 1.031, 1.153, 1.279, 1.399]

    init(decay: Double, sampleRate: Int, size: Double) {
      let counts = Self.lengths.map { length in
        max(16, Int(length * size / 343 * Double(sampleRate))) | 1
      }
      lines = counts.map { [Float](repeating: 0, count: $0) }
      places = counts.map { _ in 0 }
      gains = counts.map { Float(pow(10, -3 * Double($0) / Double(sampleRate) / decay)) }
    }

    /// The next sample that comes out when `input` goes in.
    mutating func next(_ input: Float) -> Float {
      var output: Float = 0
      var ends = [Float](repeating: 0, count: lines.count)
      for line in lines.indices {
        ends[line] = lines[line][places[line]] * gains[line]
        output += line % 2 == 0 ? ends[line] : -ends[line]
      }
      // Householder's matrix: nothing is lost between the lines.
      let common = 2 * ends.reduce(0, +) / Float(lines.count)
      for line in lines.indices {
        lines[line][places[line]] = input + ends[line] - common
        places[line] = places[line] + 1 == lines[line].count ? 0 : places[line] + 1
      }
      return output
    }

    /// The power of all that comes of a click.
    func clickPower(_ decay: Double, _ sampleRate: Int) -> Double {
      var copy = self
      var power = 0.0
      for index in 0..<Int(min(decay, 2) * Double(sampleRate)) {
        let sample = Double(copy.next(index == 0 ? 1 : 0))
        power += sample * sample
      }
      return power
    }
  }
}
