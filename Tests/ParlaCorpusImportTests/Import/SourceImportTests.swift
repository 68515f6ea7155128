import Foundation
import ParlaAudio
import ParlaCorpus
import ParlaTestSupport
import Testing

@testable import ParlaCorpusImport

@Suite struct SourceImportTests {
  private static let texts = ["eins", "zwei", "drei", "vier", "fünf", "sechs"]

  private func table(_ texts: [String] = texts) -> String {
    texts.enumerated().map { "s\($0.offset).wav;\($0.element)\n" }.joined()
  }

  private func members() throws -> [(name: String, content: Data)] {
    [("k/t.csv", Data(table().utf8))]
      + (try Self.texts.indices.map { ("k/s\($0).wav", try CorpusFolder.tone(1)) })
  }

  private func files(_ folder: String) -> [String: Data] {
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
    return Dictionary(
      uniqueKeysWithValues: names.filter { !$0.hasSuffix("journal.jsonl") }.compactMap { name in
        FileManager.default.contents(atPath: "\(folder)/\(name)").map { (name, $0) }
      })
  }

  @Test func archivesGiveWhatFoldersGive() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      for (name, content) in try members() { try corpus.write(content, to: "plain/\(name)") }
      _ = try corpus.imported("folder", source: "plain")
      let wanted = try corpus.allTranscripts()
      #expect(wanted.count == 6)
      #expect(!FileManager.default.fileExists(atPath: corpus.output + "/clips/k"))
      let tar = MadeArchive.tar(try members())
      try corpus.write(tar, to: "a/a.tar")
      try corpus.write(MadeArchive.zip(try members()), to: "b/b.zip")
      try corpus.write(MadeArchive.tar([("in/a.tar", tar)]), to: "c/c.tar")
      for source in ["a/a.tar", "b", "c"] {
        try FileManager.default.removeItem(atPath: corpus.output)
        _ = try corpus.imported("folder", source: source)
        #expect(try corpus.allTranscripts() == wanted)
        let sample = try #require(try corpus.samples("train").first)
        #expect(try AudioFile.read(sample.audioPath).duration == 1)
        #expect(sample.fileSize == 16_044)
      }
    }
  }

  @Test func aDamagedArchiveIsRefusedBeforeAnythingIsWritten() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      var zip = MadeArchive.zip(try members())
      // Somewhere in the last recording.
      zip[zip.count - 3000] ^= 1
      try corpus.write(zip, to: "a.zip")
      let error = #expect(throws: ImportError.self) { try corpus.imported("folder") }
      #expect(error?.description.contains("found at its member k/s5.wav") == true)
      #expect(!FileManager.default.fileExists(atPath: corpus.output))
    }
  }

  @Test func membersOutsideAreRefused() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      for name in ["../s0.wav", "/etc/s0.wav", "k/../../s0.wav"] {
        try corpus.write(MadeArchive.tar([(name, try CorpusFolder.tone(1))]), to: "a.tar")
        let error = #expect(throws: ImportError.self) { try corpus.imported("folder") }
        #expect(error?.description.contains("the member \(name) points outside") == true)
        #expect(!FileManager.default.fileExists(atPath: corpus.output))
      }
    }
  }

  @Test func aCutArchiveIsToldBeforeAnythingIsWritten() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      for archive in [MadeArchive.tar(try members()), MadeArchive.zip(try members())] {
        try corpus.write(archive.prefix(archive.count - 20_000), to: "a.tar")
        let error = #expect(throws: ImportError.self) { try corpus.imported("folder") }
        #expect(error?.description.contains("a.tar: cannot be read to its end") == true)
        #expect(!FileManager.default.fileExists(atPath: corpus.output))
      }
    }
  }

  @Test(arguments: [AudioForm.keep, .flac, .wav])
  func aKilledImportContinuesWithTheSameResult(_ form: AudioForm) throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      try corpus.write(MadeArchive.tar(try members()), to: "a.tar")
      _ = try corpus.imported("folder") { $0.audio = form }
      let whole = files(corpus.output)
      let journal = corpus.output + "/clips/journal.jsonl"
      let lines = try String(contentsOfFile: journal, encoding: .utf8).split(separator: "\n")
      #expect(lines.count == 7)
      // As after a kill: half of the journal with a line cut short, some clips gone, one half copied, no CSV.
      let cut = lines[..<4].joined(separator: "\n") + "\n" + lines[4].prefix(20)
      try Data(cut.utf8).write(to: URL(fileURLWithPath: journal))
      let clips = whole.keys.filter { $0.hasPrefix("clips/") }.sorted()
      #expect(clips.count == 6)
      try FileManager.default.removeItem(atPath: "\(corpus.output)/\(clips[1])")
      try Data([1]).write(to: URL(fileURLWithPath: "\(corpus.output)/\(clips[2])"))
      try FileManager.default.removeItem(atPath: corpus.output + "/train.csv")
      _ = try corpus.imported("folder") { $0.audio = form }
      #expect(files(corpus.output) == whole)
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "needs /dev/full"))
  func onAFullDiskTheEarlierListsStay() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      for (name, content) in try members() { try corpus.write(content, to: name) }
      _ = try corpus.imported("folder")
      let whole = files(corpus.output)
      try corpus.write(table(Self.texts.reversed()), to: "k/t.csv")
      let alphabet = corpus.output + "/alphabet.txt"
      try FileManager.default.removeItem(atPath: alphabet)
      try FileManager.default.createSymbolicLink(
        atPath: alphabet, withDestinationPath: "/dev/full")
      let error = #expect(throws: ImportError.self) { try corpus.imported("folder") }
      #expect(error?.description.contains("alphabet.txt: cannot be written: No space left") == true)
      try FileManager.default.removeItem(atPath: alphabet)
      let lists = whole.filter { $0.key.hasSuffix(".csv") || $0.key.hasSuffix(".json") }
      #expect(files(corpus.output).filter { !$0.key.hasPrefix("clips/") } == lists)
    }
  }

  @Test func namesTooLongForAFileAreShortened() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      let long = String(repeating: "ж", count: 125)
      let names = ["\(long).wav", "\(long)ж.wav", "\(long)/a.wav"]
      let table = names.map { "\($0);eins\n" }.joined()
      try corpus.write(
        MadeArchive.zip(
          [("k/t.csv", Data(table.utf8))] + names.map { ("k/\($0)", try CorpusFolder.tone(1)) }),
        to: "a.zip")
      for form in [AudioForm.keep, .flac] {
        let result = try corpus.imported("folder") { $0.audio = form }
        #expect(result.report.total.clips == 3)
        for sample in try corpus.samples("train") + corpus.samples("dev") + corpus.samples("test") {
          #expect(try AudioFile.read(sample.audioPath).duration == 1)
        }
      }
    }
  }

  @Test func timesThatAreNoneAreLeftOut() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      let times = ["nan 2", "0 inf", "-inf 2", "1e300 2e300", "-1e300 1", "0 1e19"]
      try corpus.write(
        times.map { "T 1 A \($0) <NA> no\n" }.joined() + "T 1 A 0 1 <NA> one\n",
        to: "ted/train/stm/T.stm")
      try corpus.writeTones("ted/train/sph/T.sph")
      let nines = String(repeating: "9", count: 400)
      try corpus.write(
        "0 1 A: one\n0 \(nines) B: no\n", to: "fisher/fe_03_00001.txt")
      try corpus.writeTones("fisher/fe_03_00001.sph")
      let words = [(0, 1000, "one"), (Int.min, Int.max, "no"), (0, Int.max, "no")].map {
        "<s><t><n pronunciation=\"\($0.2)\" start=\"\($0.0)\" end=\"\($0.1)\"/></t></s>"
      }
      try corpus.write(
        "<article>\(words.joined())</article>", to: "swc/english/a/aligned.swc")
      try corpus.writeTones("swc/english/a/audio.ogg")
      for (importer, count) in [("ted-lium", 6), ("fisher", 1), ("swc", 0)] {
        let source = importer == "ted-lium" ? "ted" : importer
        let result = try corpus.imported(importer, source: source)
        #expect(try corpus.allTranscripts() == ["one"], "\(importer)")
        #expect(result.leftOut.map(\.reason) == Array(repeating: .noTimes, count: count))
        try FileManager.default.removeItem(atPath: corpus.output)
      }
    }
  }

  @Test func anotherImportIsNotReplaced() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      for (name, content) in try members() {
        try corpus.write(content, to: "one/\(name)")
        try corpus.write(content, to: "two/\(name)")
      }
      _ = try corpus.imported("folder", source: "one")
      let whole = files(corpus.output)
      for (name, source) in [("folder", "two"), ("vctk", "one")] {
        let error = #expect(throws: ImportError.self) { try corpus.imported(name, source: source) }
        let text = error?.description ?? ""
        #expect(text.contains(": found another import (folder, of "), "\(text)")
        #expect(text.hasSuffix("/one), expected none or the same. Choose another --output."))
      }
      #expect(files(corpus.output) == whole)
      _ = try corpus.imported("folder", source: "one")
      #expect(files(corpus.output) == whole)
    }
  }

  @Test func whatIsLeftOutIsCountedAndNamed() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      try corpus.write(
        table([
          "gut", "seite 5", "kaputt", "fehlt", "viel zu viel text für so wenig zeit", "lang",
          "leer",
        ]),
        to: "t.csv")
      try corpus.writeTones("s0.wav", "s1.wav", "s6.wav")
      try corpus.write("not sound", to: "s2.wav")
      try corpus.write(Data(), to: "s6.wav")
      try corpus.writeTones("s4.wav", seconds: 0.3)
      try corpus.writeTones("s5.wav", seconds: 31)
      let result = try corpus.imported("folder")
      #expect(try corpus.allTranscripts() == ["gut"])
      let reasons = Dictionary(
        uniqueKeysWithValues: result.leftOut.map { ($0.name, $0.reason) })
      #expect(
        reasons == [
          "s1.wav": .digits, "s2.wav": .unreadable, "s3.wav": .noRecording, "s4.wav": .textTooLong,
          "s5.wav": .tooLong, "s6.wav": .unreadable,
        ])
      #expect(result.report.leftOut.reduce(0) { $0 + $1.count } == 6)
      _ = try corpus.imported("folder") {
        $0.longestSeconds = .infinity
        $0.millisecondsPerCharacter = 0
        $0.cleaner = .asWritten
      }
      #expect(try corpus.allTranscripts().count == 4)
    }
  }

  @Test func passagesAreCutFromJoinedRecordings() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      try corpus.write("T 1 A 1.5 2.5 <NA> one\nT 1 A 5 9 <NA> gone\n", to: "train/stm/T.stm")
      try corpus.writeTones("train/sph/T.sph", seconds: 4)
      let result = try corpus.imported("ted-lium") { $0.audio = .wav }
      let sample = try #require(try corpus.samples("train").first)
      let expected = try AudioFile.read("\(corpus.root)/train/sph/T.sph", sampleRate: 16_000)
      let cut = try AudioFile.read(sample.audioPath)
      #expect(cut.samples.count == 16_000)
      #expect(zip(cut.samples, expected.samples[24_000...]).allSatisfy { abs($0 - $1) < 1e-4 })
      #expect(result.leftOut.map(\.reason) == [.outsideRecording])
    }
  }

  @Test func theSourceIsNoPlaceForTheResult() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      for (name, content) in try members() { try corpus.write(content, to: name) }
      let error = #expect(throws: ImportError.self) {
        try SourceImport("folder", source: corpus.root + "/", outputFolder: corpus.root).run()
      }
      #expect(error?.description.contains("is the source, expected another folder") == true)
      // A folder in it is fine, and is not taken for a part of it.
      let output = corpus.root + "/k/output"
      for _ in 1...2 {
        let result = try SourceImport("folder", source: corpus.root, outputFolder: output).run()
        #expect(result.report.total.clips == 6)
      }
    }
  }

  @Test func missingPartsAreSaid() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      try corpus.write("84-12-0000 GET DOWN\n", to: "train-clean-100/84/12/84-12.trans.txt")
      try corpus.writeTones("train-clean-100/84/12/84-12-0000.flac")
      let report = try corpus.imported("librispeech").report
      #expect(report.warnings.count == 1)
      #expect(report.warnings[0].contains("no samples are left for dev.csv and test.csv"))
      #expect(report.warnings[0].contains("--split speaker or --split sentence"))
    }
  }

  @Test func otherCorporaAreRefusedWithAGuess() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      try corpus.write("0 20 She had.\n", to: "LDC93S1.txt")
      try corpus.writeTones("LDC93S1.wav")
      let error = #expect(throws: ImportError.self) { try corpus.imported("mls") }
      #expect(error?.description.contains("It looks like ldc93s1 or folder.") == true)
    }
  }
}
