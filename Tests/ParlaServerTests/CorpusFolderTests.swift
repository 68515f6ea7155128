import Foundation
import ParlaAudio
import ParlaCorpus
import ParlaFiles
import ParlaTestSupport
import Synchronization
import Testing

@testable import ParlaServer

@Suite struct CorpusFolderTests {
  private static let sound = Waveform(
    samples: (0..<8000).map { Float(sin(0.1 * Double($0))) / 2 }, sampleRate: 16000)

  private static func files(_ folder: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).filter {
      !$0.hasPrefix(".") && $0 != "clips"
    }.sorted()
  }

  @Test(arguments: [
    ("", "found an empty file"),
    ("{\"prompts\": [\"one\", \"tw", "found 23 bytes that are no whole JSON"),
    ("[]", "found no JSON object"),
    (#"{"prompts": 1}"#, "found another kind of value for \"prompts\""),
    (#"{"prompts": []}"#, "found no \"clips\""),
    (
      #"{"prompts": [], "clips": [{"number": 1}], "lastNumber": 1}"#,
      "found no \"clips 1 transcript\""
    ),
    (#"{"version": 2, "recordings": []}"#, "found form 2 of this file, expected 1"),
  ])
  func aDamagedListIsNamedWithWhatToDo(text: String, words: String) throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/corpus.json"
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: ServerError.self) { try CorpusFolder(path: folder) }
      #expect(error?.description.hasPrefix("\(path): \(words)") == true, "\(error as Any)")
      #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
    }
  }

  @Test func whatIsRecoveredCanBeReadAgainWhateverTheTableSays() throws {
    try withTemporaryFolder { folder in
      do {
        let corpus = try CorpusFolder(path: folder)
        for text in ["one", "two"] {
          _ = try corpus.add(Self.sound, transcript: text, speaker: "")
        }
      }
      let manager = FileManager.default
      try manager.removeItem(atPath: "\(folder)/corpus.json")
      for name in ["0", "\(Int.max)"] {
        try manager.copyItem(
          atPath: "\(folder)/clips/1.flac", toPath: "\(folder)/clips/\(name).flac")
      }
      let table = "\(folder)/clips.csv"
      let text = try String(contentsOfFile: table, encoding: .utf8)
      let row = try #require(text.split(separator: "\n").dropFirst().first)
      let more = [row, row.replacing("1.flac", with: "0.flac")[...]].joined(separator: "\n")
      try Data((text + more + "\n").utf8).write(to: URL(fileURLWithPath: table))
      do {
        let corpus = try CorpusFolder(path: folder)
        #expect(corpus.snapshot.clips.map(\.number) == [1, 2])
        #expect(try corpus.add(Self.sound, transcript: "three", speaker: "").number == 3)
      }
      #expect(try CorpusFolder(path: folder).snapshot.clips.map(\.number) == [1, 2, 3])
    }
  }

  @Test func withoutItsListACorpusIsThatOfItsTableAndNoRecordingIsWrittenOver() throws {
    try withTemporaryFolder { folder in
      do {
        let corpus = try CorpusFolder(path: folder)
        for text in ["one", "two", "three"] {
          _ = try corpus.add(Self.sound, transcript: text, speaker: text == "two" ? "Anna" : "")
        }
        _ = try corpus.edit(3) { $0.isAccepted = false }
      }
      try FileManager.default.removeItem(atPath: "\(folder)/corpus.json")
      let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/clips/3.flac"))
      let again = try CorpusFolder(path: folder)
      #expect(again.notes.first?.contains("2 recordings are taken from clips.csv") == true)
      #expect(again.snapshot.clips.map(\.transcript) == ["one", "two"])
      #expect(again.snapshot.clips.map(\.speaker) == ["", "Anna"])
      #expect(again.snapshot.clips.allSatisfy { $0.seconds == 0.5 && $0.byteCount > 0 })
      #expect(try again.add(Self.sound, transcript: "four", speaker: "").number == 4)
      #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/clips/3.flac")) == bytes)
    }
  }

  @Test func aCorrectedRecordingStaysWithTheSentenceItWasRecordedFor() throws {
    try withTemporaryFolder { folder in
      func counts(_ corpus: CorpusFolder) -> [Int] {
        let contents = corpus.snapshot
        return contents.prompts.map { contents.clipCounts[$0] ?? 0 }
      }
      let corpus = try CorpusFolder(path: folder)
      try corpus.setPrompts(["one", "two", "three"])
      for text in ["one", "two"] { _ = try corpus.add(Self.sound, transcript: text, speaker: "") }
      _ = try corpus.edit(1) { $0.correct("won") }
      _ = try corpus.edit(1) { $0.correct("three") }
      #expect(counts(corpus) == [1, 1, 0])
      #expect(
        try Manifest(path: "\(folder)/clips.csv").samples.map(\.transcript) == ["three", "two"])
      // A list without the sentence: the recording counts for what it says.
      try corpus.setPrompts(["two", "three"])
      #expect(counts(corpus) == [1, 1])
      try corpus.setPrompts(["one", "three"])
      let file = try String(contentsOfFile: "\(folder)/corpus.json", encoding: .utf8)
      #expect(file.components(separatedBy: #""prompt" : "one""#).count == 2)
      _ = try corpus.edit(1) { $0.correct("one") }
      #expect(counts(corpus) == [1, 0])
      #expect(
        try !String(contentsOfFile: "\(folder)/corpus.json", encoding: .utf8).contains(
          #""prompt" :"#))
    }
  }

  @Test func onAFullDiskNothingIsHalfKept() throws {
    try withTemporaryFolder { folder in
      // The disk takes so many files more.
      let room = Mutex(4)
      var calls = FileCalls()
      calls.synchronize = { _ in
        room.withLock { room in
          room -= 1
          if room < 0 { errno = ENOSPC }
          return room < 0 ? -1 : 0
        }
      }
      let corpus = try CorpusFolder(path: folder, calls: calls)
      for left in [0, 1, 2, 3] {
        room.withLock { $0 = left }
        let error = #expect(throws: (any Error).self) {
          try corpus.add(Self.sound, transcript: "one", speaker: "")
        }
        let failure = try RequestFailure(#require(error))
        #expect(failure.status == 507)
        #expect(failure.message.hasPrefix("The server's disk is full: nothing was saved."))
        #expect(failure.cause?.contains(folder) == true)
        #expect(corpus.snapshot.clips.isEmpty)
        #expect(try !Self.files(folder).contains { $0.hasSuffix(".flac") })
      }
      room.withLock { $0 = 100 }
      _ = try corpus.add(Self.sound, transcript: "one", speaker: "")
      room.withLock { $0 = 0 }
      #expect(throws: FileError.self) { try corpus.edit(5) { $0.correct("two") } }
      #expect(corpus.snapshot.clips.map(\.transcript) == ["one"])
    }
  }

  @Test func aTableThatCannotBeWrittenIsToldAndLosesNothing() throws {
    try withTemporaryFolder { folder in
      let corpus = try CorpusFolder(path: folder)
      let table = "\(folder)/clips.csv"
      try FileManager.default.createDirectory(atPath: table, withIntermediateDirectories: false)
      _ = try corpus.add(Self.sound, transcript: "one", speaker: "")
      #expect(corpus.warning?.contains("clips.csv") == true)
      try FileManager.default.removeItem(atPath: table)
      _ = try corpus.add(Self.sound, transcript: "two", speaker: "")
      #expect(corpus.warning == nil)
      #expect(try Manifest(path: table).samples.map(\.transcript) == ["one", "two"])
    }
  }

  @Test func whatTheServerCannotWriteIsNotTheClientsFault() {
    let full = systemReason(ENOSPC)
    for error: any Error in [
      AudioError.unwritable(path: "/proc/self/fd/9", reason: full),
      FileError.unwritable(path: "/proc/self/fd/9", reason: full),
    ] {
      let failure = RequestFailure(error)
      #expect(failure.status == 507)
      #expect(!failure.message.contains("/proc/"))
    }
    #expect(
      RequestFailure(AudioError.unwritable(path: "a", reason: "Is a directory")).status == 500)
  }
}
