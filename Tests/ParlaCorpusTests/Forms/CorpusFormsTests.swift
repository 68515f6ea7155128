import Foundation
import ParlaAudio
import ParlaFiles
import ParlaTestSupport
import Testing

@testable import ParlaCorpus

/// Every form holds what a CSV holds, and is read where a CSV is read.
@Suite struct CorpusFormsTests {
  private static let texts = ["one, \"two\"", "größe", "three four five"]

  /// A CSV of three tones of different lengths; the last is the shortest.
  private func corpus(_ folder: String) throws -> String {
    var samples: [Sample] = []
    for (index, text) in Self.texts.enumerated() {
      let path = "\(folder)/clip-\(index).wav"
      let sound = Waveform(
        samples: tone(seconds: 0.5 - 0.1 * Double(index), pace: 0.1 + 0.05 * Double(index)),
        sampleRate: 16000)
      try AudioFile.write(sound, to: path)
      samples.append(
        Sample(
          audioPath: path, fileSize: FileStamp(path: path)?.byteCount, transcript: text,
          speaker: "s\(index)"))
    }
    try Manifest.write(samples, to: folder + "/corpus.csv")
    return folder + "/corpus.csv"
  }

  private func tone(seconds: Double, pace: Double) -> [Float] {
    (0..<Int(seconds * 16000)).map {
      Float(SixteenBits.integer(Float(0.5 * sin(pace * Double($0))))) / 32768
    }
  }

  private func sounds(_ manifest: Manifest) throws -> [[Float]] {
    try manifest.samples.map { try AudioFile.read($0.audioPath).samples }
  }

  @Test(arguments: [
    ("csv", "out.csv", nil), ("csv", "out.csv", "flac"), ("sdb", "out.sdb", nil),
    ("tar", "out.tar", nil), ("tar", "out.tar", "flac"), ("kaldi", "out", nil),
    ("lhotse", "cuts.jsonl", nil), ("nemo", "out.jsonl", nil), ("nemo", "out.jsonl", "wav"),
    ("audiofolder", "out", nil), ("kur", "out.jsonl", "wav"),
  ])
  func eachFormHoldsTheSamples(form: String, target: String, audio: String?) throws {
    try withTemporaryFolder { folder in
      let source = try corpus(folder)
      try FileManager.default.createDirectory(
        atPath: folder + "/to", withIntermediateDirectories: true)
      var conversion = CorpusConversion([source], to: "\(folder)/to/\(target)")
      conversion.form = form
      conversion.audio = audio.flatMap(CorpusConversion.Audio.init)
      conversion.order = .listed
      let report = try conversion.run()
      #expect(report.samples == 3)
      let expected = try Manifest(path: source)
      let found = try Manifest(path: "\(folder)/to/\(target)")
      #expect(found.samples.map(\.transcript) == Self.texts)
      #expect(try sounds(found) == sounds(expected))
      let comparison = try CorpusComparison(source, "\(folder)/to/\(target)")
      #expect(comparison.differences.isEmpty)
      if form != "sdb", form != "kur" {
        #expect(found.samples.map(\.speaker) == ["s0", "s1", "s2"])
      }
    }
  }

  @Test func aDatabaseInItsOwnOrderIsComparedByTranscripts() throws {
    try withTemporaryFolder { folder in
      let source = try corpus(folder)
      _ = try CorpusConversion([source], to: "\(folder)/sorted.sdb").run()
      let comparison = try CorpusComparison(source, "\(folder)/sorted.sdb")
      #expect(comparison.compared == 3)
      #expect(comparison.isEqual)
      #expect(try Manifest(path: "\(folder)/sorted.sdb").samples.map(\.transcript) != Self.texts)
    }
  }

  @Test func passagesAreKeptByFormsThatKnowThem() throws {
    try withTemporaryFolder { folder in
      let source = try corpus(folder)
      let passage = "\(folder)/clip-0.wav#t=0.125,0.25"
      try Manifest.write(
        [Sample(audioPath: passage, transcript: "part")], to: folder + "/parts.csv")
      let expected = try AudioFile.read(folder + "/clip-0.wav").samples[2000..<4000]
      #expect(try AudioFile.read(passage).samples == Array(expected))
      for (form, target) in [("kaldi", "k"), ("lhotse", "l.jsonl"), ("nemo", "n.jsonl")] {
        var conversion = CorpusConversion([folder + "/parts.csv"], to: "\(folder)/\(target)")
        conversion.form = form
        _ = try conversion.run()
        let found = try Manifest(path: "\(folder)/\(target)")
        #expect(try sounds(found) == [Array(expected)], "\(form)")
      }
      // What lies in a database has no file of its own.
      _ = try CorpusConversion([source], to: folder + "/a.sdb").run()
      var conversion = CorpusConversion([folder + "/a.sdb"], to: folder + "/b.jsonl")
      conversion.form = "nemo"
      let error = #expect(throws: CorpusError.self) { try conversion.run() }
      guard case .needsSound? = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test(arguments: ["wav.scp", "cuts.jsonl", "metadata.csv", "a.tar"])
  func aPipeInPlaceOfAListIsRefused(name: String) throws {
    try withTemporaryFolder { folder in
      #expect(unsafe mkfifo("\(folder)/\(name)", 0o600) == 0)
      let error = #expect(throws: CorpusError.self) { try Manifest(path: folder) }
      #expect(error?.description.contains("\(name): cannot be read: it is a pipe") == true)
      #expect(DuplicateRecordings.find(in: ["\(folder)/\(name)"]).isEmpty)
    }
  }

  @Test(arguments: [
    ("csv", "to/there/out.csv"), ("kaldi", "to/there"), ("nemo", "to/out.jsonl"),
    ("tar", "to/there/out.tar"), ("sdb", "to/there/out.sdb"),
  ])
  func aConversionThatFailsLeavesNothing(form: String, target: String) throws {
    try withTemporaryFolder { folder in
      let source = try corpus(folder)
      let broken = folder + "/clip-2.wav"
      let whole = try Data(contentsOf: URL(fileURLWithPath: broken))
      try AtomicFile.write(whole.prefix(3000), to: broken)
      let before = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      var conversion = CorpusConversion([source], to: "\(folder)/\(target)")
      conversion.form = form
      conversion.audio = form == "sdb" ? .wav : .flac
      #expect(throws: AudioError.self) { try conversion.run() }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == before)
      try AtomicFile.write(whole, to: broken)
      _ = try conversion.run()
      #expect(try Manifest(path: "\(folder)/\(target)").samples.count == 3)
    }
  }

  @Test func databasesAreOrderedByLengthAndRememberNoTranscriptsWhereNoneAreWanted() throws {
    try withTemporaryFolder { folder in
      let source = try corpus(folder)
      var conversion = CorpusConversion([source], to: folder + "/a.sdb")
      _ = try conversion.run()
      #expect(
        try Manifest(path: folder + "/a.sdb").samples.map(\.transcript) == Self.texts.reversed())
      conversion.target = folder + "/b.sdb"
      conversion.labelled = false
      conversion.audio = .opus
      _ = try conversion.run()
      #expect(throws: CorpusError.self) { try Manifest(path: folder + "/b.sdb") }
      let paths = try UnlabelledRecordings.paths(of: folder + "/b.sdb")
      #expect(paths.count == 3)
      for (path, index) in zip(paths, [2, 1, 0]) {
        let (found, told) = (try AudioFile.read(path), try AudioFile.information(path))
        let expected = try AudioFile.read("\(folder)/clip-\(index).wav")
        #expect(found.samples.count == expected.samples.count)
        #expect(told.duration == expected.duration)
        // Opus is not exact, but a tone stays one.
        #expect(correlation(found.samples, expected.samples) > 0.5)
      }
    }
  }

  private func correlation(_ a: [Float], _ b: [Float]) -> Double {
    // Opus delays by 6.5 ms.
    stride(from: 0, to: 200, by: 8).map { lag in
      let pairs = zip(a.dropFirst(lag), b)
      let sum = pairs.reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      let (left, right) = pairs.reduce((0.0, 0.0)) {
        ($0.0 + Double($1.0) * Double($1.0), $0.1 + Double($1.1) * Double($1.1))
      }
      return sum / max((left * right).squareRoot(), 1e-9)
    }.max() ?? 0
  }

  @Test func corporaAreMixedCutAndKeptApart() throws {
    try withTemporaryFolder { folder in
      let source = try corpus(folder)
      func texts(_ selection: String) throws -> [String] {
        try Manifest(path: source + selection).samples.map(\.transcript)
      }
      #expect(try texts("[samples=2:]") == Array(Self.texts[1...]))
      #expect(try texts("[samples=:1,weight=3]") == [Self.texts[0], Self.texts[0], Self.texts[0]])
      #expect(try texts("[seconds=0.35:0.45]") == [Self.texts[1]])
      #expect(throws: CorpusError.badSelection(path: source, found: "\"minutes=1:2\"")) {
        try texts("[minutes=1:2]")
      }
      #expect(throws: CorpusError.emptySelection(path: source, count: 3)) {
        try texts("[seconds=10:]")
      }
      var conversion = CorpusConversion([source, source], to: folder + "/merged.csv")
      conversion.without = [source + "[samples=1:1]"]
      let report = try conversion.run()
      #expect(report.samples == 4)
      #expect(report.leftOut == 2)
      conversion.without = [source]
      #expect(throws: CorpusError.nothingApart(paths: [source, source], count: 6)) {
        try conversion.run()
      }
      try Data("wav_filename\nclip-0.wav\n".utf8)
        .write(to: URL(fileURLWithPath: folder + "/unlabelled.csv"))
      conversion = CorpusConversion([source, folder + "/unlabelled.csv"], to: folder + "/all.csv")
      let error = #expect(throws: CorpusError.self) { try conversion.run() }
      #expect(error?.description.contains("unlabelled.csv: no column transcript") == true)
      #expect(error?.description.hasSuffix("without their transcripts.") == true)
      conversion.labelled = false
      #expect(try conversion.run().samples == 4)
      #expect(throws: CorpusError.targetIsSource(path: source)) {
        try CorpusConversion([source + "[samples=1:1]"], to: source).run()
      }
    }
  }
}
