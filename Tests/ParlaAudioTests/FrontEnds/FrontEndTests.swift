import Foundation
import ParlaDescriptions
import ParlaFiles
import ParlaTestSupport
import Testing

@testable import ParlaAudio

@Suite struct FrontEndTests {
  /// The fields of `normalization`, with the statistics that the goldens were made with.
  static func statistics(
    _ normalization: String, _ more: [String: FieldValue]
  ) throws -> [String: FieldValue] {
    let data = try Data(contentsOf: URL(filePath: Fixture.path("features/chirp_16000.json")))
    return try JSONDecoder().decode([String: FieldValue].self, from: data)
      .merging(more) { $1 }.merging(["normalization": .text(normalization)]) { $1 }
  }

  /// What its formula gives in double precision.
  @Test(
    arguments: [
      ("log_mel", "log_mel", [:]),
      (
        "log_mel.narrow", "log_mel",
        ["channels": 23, "lowest": 100, "highest": 3800]
      ),
      ("log_mel.utterance", "log_mel", ["normalization": "utterance"]),
      (
        "log_spectrum", "power_spectrogram",
        ["log": true, "window": 25, "step": 10]
      ),
      ("sound", "sound", ["frame": 80]),
      ("sound.utterance", "sound", ["normalization": "utterance"]),
    ] as [(String, String, [String: FieldValue])])
  func framesEqualTheFormula(golden: String, kind: String, fields: [String: FieldValue]) throws {
    try expectGolden(golden, kind, fields)
  }

  @Test func givenStatisticsNormalise() throws {
    try expectGolden("log_mel.fixed", "log_mel", Self.statistics("fixed", [:]))
    let running = try Self.statistics("running", ["prior": 10, "memory": 15])
    try expectGolden("log_mel.running", "log_mel", running)
  }

  private func expectGolden(
    _ golden: String, _ kind: String, _ fields: [String: FieldValue]
  ) throws {
    let waveform = try AudioFile.read(Fixture.path("features/chirp_16000.wav"))
    let expected = try NumPyArray(path: Fixture.path("features/chirp_16000.\(golden).npy"))
    let settings = try FeatureSettings(kind: kind, fields)
    let features = try FeatureExtractor(settings).features(of: waveform)
    #expect(features.featureCount == expected.shape[1])
    let some = Array(features.values.prefix(expected.values.count))
    expectClose(some, expected.values, absolute: 2e-5, relative: 1e-5)
  }

  @Test func measuredStatisticsGiveMeanZeroAndDeviationOne() throws {
    let waveform = try AudioFile.read(Fixture.path("features/chirp_16000.wav"))
    let settings = try FeatureSettings(kind: "log_mel", ["normalization": "fixed"])
    #expect(settings.needsStatistics)
    var statistics = FeatureStatistics(featureCount: 40)
    statistics.add(try FeatureExtractor(settings).features(of: waveform).values)
    let measured = try settings.with(statistics)
    #expect(!measured.needsStatistics)
    #expect(settings.completed(by: measured) == measured)
    var again = FeatureStatistics(featureCount: 40)
    again.add(try FeatureExtractor(measured).features(of: waveform).values)
    #expect(again.means.allSatisfy { abs($0) < 1e-4 })
    #expect(again.variances.allSatisfy { abs($0 - 1) < 1e-3 })
    let other = try FeatureSettings(
      kind: "log_mel", ["normalization": "fixed", "floor": .number(1e-3)])
    #expect(other.completed(by: measured) == other)
  }

  @Test func settingsAreReadAsTheyWereWritten() throws {
    let settings = try FeatureSettings(kind: "log_mel", Self.statistics("running", [:]))
    let data = try JSONEncoder().encode(settings)
    #expect(try JSONDecoder().decode(FeatureSettings.self, from: data) == settings)
  }

  @Test func modelsOfEarlierVersionsUseMFCCs() throws {
    let former = """
      {"kind": "mfcc", "sampleRate": 16000, "windowMilliseconds": 32, "stepMilliseconds": 20,
       "coefficientCount": 26, "contextFrameCount": 9}
      """
    let settings = try JSONDecoder().decode(FeatureSettings.self, from: Data(former.utf8))
    #expect(settings == FeatureSettings())
    let spectrum = former.replacing("mfcc", with: "power-spectrogram")
    let other = try JSONDecoder().decode(FeatureSettings.self, from: Data(spectrum.utf8))
    #expect(other == (try FeatureSettings(kind: "power_spectrogram", [:])))
  }

  @Test func anUnknownFrontEndIsNamedWithThoseThatThereAre() {
    let error = #expect(throws: AudioError.self) { try FeatureSettings(kind: "mfc", [:]) }
    #expect(error?.description.contains("mfcc, log_mel") == true, "\(String(describing: error))")
  }
}
