import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaAudio

/// Held against DeepSpeech 0.9.3.
@Suite struct AugmentationGoldenTests {
  @Test(arguments: AugmentationGoldens.all)
  func specificationsAreReadAsByTheOriginal(goldens: AugmentationGoldens) throws {
    let specs = try #require(try goldens.object("specs.json")["specs"] as? [[String: Any]])
    #expect(specs.count == 50)
    for spec in specs {
      let text = try #require(spec["spec"] as? String)
      let pipeline = try? AugmentationPipeline([text]) { [$0] }
      #expect((pipeline != nil) == (spec["ok"] as? Bool), "\(text)")
      guard let entry = pipeline?.entries.first else { continue }
      let probability = (spec["p"] as? String).flatMap(Double.init)
      #expect(entry.probability == probability, "\(text)")
      if let domain = spec["domain"] as? String {
        #expect(entry.augmentation.domain.rawValue == domain, "\(text)")
      }
      let expected = (spec["parameters"] as? [String: Any] ?? [:]).compactMapValues {
        $0 as? [String: Any]
      }
      // The names of the original's variables are not those of its parameters; ranges are distinguished by their numbers.
      var found = Mirror(reflecting: entry.augmentation).children.compactMap {
        $0.value as? ValueRange
      }
      #expect(found.count == expected.count, "\(text)")
      for (key, parameter) in expected {
        let index = try #require(
          found.firstIndex { Self.agrees($0, with: parameter) }, "\(text): \(key)")
        found.remove(at: index)
      }
    }
  }

  /// Whether ends, radius, and values at all clocks are those of `parameter`.
  static func agrees(_ range: ValueRange, with parameter: [String: Any]) -> Bool {
    let isWhole = parameter["type"] as? String == "int"
    func number(_ text: Any?) -> Double { (text as? String).flatMap(Double.init) ?? .nan }
    guard range.start == number(parameter["start"]), range.end == number(parameter["end"]),
      range.radius == number(parameter["r"]),
      let clocks = parameter["low_mid_high_at_clock"] as? [String: [String]]
    else { return false }
    return clocks.allSatisfy { clock, values in
      zip([0, 0.5, 1], values).allSatisfy { draw, value in
        let found = range.value(at: number(clock), draw: draw)
        return isWhole
          ? found.rounded(.toNearestOrEven) == number(value) : abs(found - number(value)) < 1e-9
      }
    }
  }

  @Test(arguments: AugmentationGoldens.all)
  func spectrogramsAndFeaturesAreThoseOfTheOriginal(goldens: AugmentationGoldens) throws {
    let cases = try #require(try goldens.object("graph.json")["cases"] as? [[String: Any]])
    #expect(cases.count >= 8)
    for object in cases {
      let golden = try GraphCase(object, goldens)
      let found = try golden.result()
      #expect(found.rowCount == golden.output.rowCount, "\(golden.name)")
      let largest = golden.output.values.reduce(0) { max($0, abs($1)) }
      let difference = zip(found.values, golden.output.values).reduce(Float(0)) {
        max($0, abs($1.0 - $1.1))
      }
      #expect(difference <= 1e-5 * largest, "\(golden.name): \(difference) of \(largest)")
    }
  }

  @Test(arguments: AugmentationGoldens.complete)
  func soundsAreThoseOfTheOriginal(goldens: AugmentationGoldens) throws {
    let cases = try #require(try goldens.object("sample.json")["cases"] as? [[String: Any]])
    #expect(cases.count == 14)
    for object in cases {
      var run = try SampleCase(object, goldens)
      for output in try #require(object["outputs"] as? [[String: Any]]) {
        let file = try #require(output["float32"] as? String)
        let expected = try goldens.floats(file)
        let found = try run.result(output)
        #expect(abs(found.count - expected.count) <= (file.contains("resample") ? 1 : 0))
        let difference = zip(found, expected).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
        if file.contains("resample") {
          #expect(Self.correlation(found, expected) >= 0.999, "\(file)")
          // Coqui STT has another filter, and cuts a sample where rates do not divide.
          let other = try goldens.floats(file.replacing("sample/", with: "sample-stt/"))
          #expect(abs(found.count - other.count) <= 1)
          #expect(Self.correlation(found, other) >= 0.998, "\(file) of Coqui STT")
        } else {
          #expect(difference <= 1e-4, "\(file): \(difference)")
        }
      }
    }
  }

  static func correlation(_ first: [Float], _ second: [Float]) -> Double {
    func product(_ first: [Float], _ second: [Float]) -> Double {
      zip(first, second).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    return product(first, second)
      / (product(first, first) * product(second, second)).squareRoot()
  }
}

/// One case of `sample.json`.
struct SampleCase {
  private let goldens: AugmentationGoldens
  private let names: [String]
  private var reel: NoiseReel

  init(_ object: [String: Any], _ goldens: AugmentationGoldens) throws {
    self.goldens = goldens
    names = try #require(object["augment"] as? [String]).map { String($0.prefix { $0 != "[" }) }
    let noises = ["noise1.wav", "noise2.wav"].map { "\(goldens.folder)/in/\($0)" }
    reel = NoiseReel(NoiseCollection(noises), at: 0, sampleRate: 16000)
  }

  /// What our augmentations make of the input with the values that the original drew.
  mutating func result(_ output: [String: Any]) throws -> [Float] {
    var samples = try goldens.sound(try #require(output["input"] as? String))
    var picked = try #require(output["picked"] as? [[String: Any]]).compactMap {
      ($0["value"] as? NSNumber)?.doubleValue
    }[...]
    func next() throws -> Double {
      let value = picked.popFirst()
      return try #require(value)
    }
    for name in names {
      let sound = Waveform(samples: samples, sampleRate: 16000)
      let value = try next()
      switch name {
      case "overlay":
        var noise = [Float](repeating: 0, count: samples.count)
        for _ in 0..<Int(value) { try reel.add(to: &noise) }
        // Noises are read with a full scale of 32768.
        samples = Overlay.mixed(
          samples, with: noise.map { $0 * 32768 / 32767 }, snr: try next())
      case "reverb":
        samples = Reverb.echoing(
          samples, sampleRate: 16000, delay: value, decay: try next())
      case "resample": samples = try Resample.resampled(sound, by: Int(value)).samples
      case "codec": samples = try Codec.coded(sound, bitRate: Int(value)).samples
      default: samples = Loudness.normalized(samples, to: value)
      }
    }
    return samples
  }
}
