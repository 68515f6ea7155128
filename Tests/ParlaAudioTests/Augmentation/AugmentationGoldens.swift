import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaAudio

/// A folder of what DeepSpeech's own augmentations did: `specs.json`, `graph.json`, and where sounds are, `sample.json`.
struct AugmentationGoldens: Sendable {
  let folder: String

  /// The numbers that are fixtures, and the folder that `scripts/check-augmentations` names.
  static let all = [AugmentationGoldens(folder: Fixture.path("augmentation"))] + complete

  /// Those that have sounds.
  static let complete = [
    ProcessInfo.processInfo.environment["PARLA_AUGMENTATION_GOLDENS"]
  ].compactMap(\.self).map { AugmentationGoldens(folder: $0) }

  func object(_ name: String) throws -> [String: Any] {
    let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  func floats(_ name: String) throws -> [Float] {
    let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
    return stride(from: 0, to: data.count, by: 4).map { start in
      let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[start + $1]) << (8 * UInt32($1)) }
      return Float(bitPattern: bits)
    }
  }

  /// The samples of a 16-bit file, whose full scale is 32767 as in DeepSpeech.
  func sound(_ name: String) throws -> [Float] {
    try AudioFile.read("\(folder)/\(name)").samples.map { $0 * 32768 / 32767 }
  }
}

/// One case of `graph.json`.
struct GraphCase {
  let name: String
  let input: AugmentedValues
  let output: AugmentedValues
  let random: [Float]
  private let values: [String: Any]
  let transcriptLength: Int

  init(_ object: [String: Any], _ goldens: AugmentationGoldens) throws {
    func tensor(_ key: String) throws -> AugmentedValues {
      let tensor = try #require(object[key] as? [String: Any])
      let shape = try #require(tensor["shape"] as? [Int])
      return AugmentedValues(
        try goldens.floats(try #require(tensor["file"] as? String)),
        columnCount: try #require(shape.last))
    }
    name = try #require(object["name"] as? String)
    input = try tensor("input")
    output = try tensor("output")
    random = object["random_values"] == nil ? [] : try tensor("random_values").values
    values = try #require(object["values"] as? [String: Any])
    transcriptLength = object["transcript_length"] as? Int ?? 1
  }

  func number(_ key: String) throws -> Double {
    try #require((values[key] as? NSNumber)?.doubleValue, "\(name): \(key)")
  }

  func grid(_ key: String) throws -> AugmentedValues {
    let rows = try #require(values[key] as? [[Double]])
    return AugmentedValues(rows.flatMap { $0.map { Float($0) } }, columnCount: rows[0].count)
  }

  /// What our augmentation makes of the input with the random values of the original.
  func result() throws -> AugmentedValues {
    var values = input
    switch name.prefix(while: { $0 != "-" }) {
    case "pitch": return Pitch.shifted(input, pitch: Float(try number("picked.pitch")))
    case "tempo":
      return Tempo.paced(
        input, factor: Float(try number("picked.factor")),
        maximum: name == "tempo-maxtime" ? 30 : nil, minimum: transcriptLength)
    case "warp":
      return Warp.warped(
        input, timeFlow: try grid("flow_time"), frequencyFlow: try grid("flow_frequency"))
    case "frequency_mask", "time_mask":
      for index in 0..<Int(try number("picked.n")) {
        let (start, size) = (Int(try number("start\(index)")), Int(try number("size")))
        // The original takes coefficients for time where there are features.
        if name.hasPrefix("frequency") || name == "time_mask-features" {
          values.maskColumns(from: start, count: size)
        } else {
          values.maskRows(from: start, count: size)
        }
      }
    case "dropout":
      var draws = random[...]
      // The original keeps the share that it should drop.
      Dropout.drop(&values, rate: 1 - Float(try number("picked.rate"))) { draws.removeFirst() }
    case "add": values.values = zip(input.values, random).map { $0 + $1 }
    default: values.values = zip(input.values, random).map { $0 * $1 }
    }
    return values
  }
}
