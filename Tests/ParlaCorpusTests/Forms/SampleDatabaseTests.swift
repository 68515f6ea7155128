import Foundation
import ParlaAudio
import ParlaFiles
import ParlaTestSupport
import Testing

@testable import ParlaCorpus

@Suite struct SampleDatabaseTests {
  private func number(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * (count - 1 - $0))) }
  }

  /// A WAV of `samples` at 8 kHz, byte by byte.
  private func wav(_ samples: [Int16]) -> [UInt8] {
    func little(_ value: Int, _ count: Int) -> [UInt8] { number(value, count).reversed() }
    let data = samples.flatMap { little(Int($0), 2) }
    return Array("RIFF".utf8) + little(36 + data.count, 4) + Array("WAVEfmt ".utf8) + little(16, 4)
      + little(1, 2) + little(1, 2) + little(8000, 4) + little(16000, 4) + little(2, 2)
      + little(16, 2) + Array("data".utf8) + little(data.count, 4) + data
  }

  /// A database as DeepSpeech's writer leaves it.
  private func database(_ samples: [(sound: [UInt8], text: String)], isClosed: Bool = true)
    -> [UInt8]
  {
    let schema = """
      {"schema": [{"content": "speech", "mime-type": "audio/wav"}, \
      {"content": "transcript", "mime-type": "text/plain"}]}
      """
    let head = Array("SAMPLEDB".utf8) + number(schema.utf8.count, 8) + Array(schema.utf8)
    var body: [UInt8] = []
    var places: [Int] = []
    for (sound, text) in samples {
      places.append(head.count + 16 + body.count)
      let entry =
        number(sound.count, 4) + sound + number(text.utf8.count, 4) + Array(text.utf8)
      body += number(entry.count, 4) + entry
    }
    guard isClosed else { return head + number(0, 8) + number(0, 8) + body }
    return head + number(8 + body.count, 8) + number(samples.count, 8) + body
      + number(8 + 8 * places.count, 8) + number(places.count, 8)
      + places.flatMap { number($0, 8) }
  }

  private static let sounds: [[Int16]] = [[1, -2, 3, -32768, 32767], [100, 200, 300]]

  @Test func whatIsWrittenIsDeepSpeechsByteForByte() throws {
    try withTemporaryFolder { folder in
      let expected = database([
        (wav(Self.sounds[1]), "zwei größe"), (wav(Self.sounds[0]), "eins"),
      ])
      var rows: [Sample] = []
      for (index, text) in ["eins", "zwei größe"].enumerated() {
        let path = "\(folder)/\(index).wav"
        try Data(wav(Self.sounds[index])).write(to: URL(fileURLWithPath: path))
        rows.append(Sample(audioPath: path, fileSize: 100 - index, transcript: text))
      }
      try Manifest.write(rows, to: folder + "/a.csv")
      _ = try CorpusConversion([folder + "/a.csv"], to: folder + "/a.sdb").run()
      let written = try Data(contentsOf: URL(fileURLWithPath: folder + "/a.sdb"))
      #expect(Array(written) == expected)
      let samples = try Manifest(path: folder + "/a.sdb").samples
      #expect(samples.map(\.transcript) == ["zwei größe", "eins"])
      #expect(
        try AudioFile.read(samples[1].audioPath)
          == Waveform(int16: Self.sounds[0], sampleRate: 8000))
    }
  }

  @Test func damagedDatabasesAreNamed() throws {
    try withTemporaryFolder { folder in
      let whole = database([(wav([1, 2, 3]), "a"), (wav([4, 5]), "b")])
      let cases: [[UInt8]] = [
        database([(wav([1]), "a")], isClosed: false), Array(whole.dropLast(9)),
        Array(whole[..<200]), Array(whole[..<12]),
      ]
      for (index, bytes) in cases.enumerated() {
        let path = "\(folder)/\(index).sdb"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: CorpusError.self) { try Manifest(path: path) }
        guard case .damaged? = error else {
          Issue.record("case \(index): \(String(describing: error))")
          continue
        }
      }
    }
  }

  @Test func changedBytesNeverCrash() throws {
    try withTemporaryFolder { folder in
      let whole = database([(wav([1, 2, 3]), "a"), (wav([4, 5]), "b")])
      var mutator = Mutator(seed: 5)
      for _ in 0..<300 {
        let path = folder + "/a.sdb"
        try Data(mutator.mutated(whole)).write(to: URL(fileURLWithPath: path))
        guard let manifest = try? Manifest(path: path) else { continue }
        for sample in manifest.samples { _ = try? AudioFile.read(sample.audioPath) }
      }
    }
  }
}
