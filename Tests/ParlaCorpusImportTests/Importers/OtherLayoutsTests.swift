import Foundation
import ParlaCorpus
import ParlaTestSupport
import Testing

@testable import ParlaCorpusImport

/// The layouts that a corpus has in its other releases, and several languages of one next to each other.
@Suite struct OtherLayoutsTests {
  /// A corpus of `files`, with tones of which the text is nil.
  private func corpus(_ folder: String, _ files: [String: String?]) throws -> CorpusFolder {
    let corpus = CorpusFolder(folder)
    for (path, text) in files {
      if let text { try corpus.write(text, to: path) } else { try corpus.writeTones(path) }
    }
    return corpus
  }

  struct Languages: Sendable, CustomStringConvertible {
    let importer: String
    let files: [String: String?]
    /// What is asked for, and the transcript that comes of it.
    let asked: [String: String]
    var description: String { importer }
  }

  private static let languages: [Languages] = [
    Languages(
      importer: "m-ailabs",
      files: [
        "de_DE/by_book/f/a/b/metadata.csv": "x|ja|ja\n", "de_DE/by_book/f/a/b/wavs/x.wav": nil,
        "fr_FR/by_book/f/a/b/metadata.csv": "x|oui|oui\n", "fr_FR/by_book/f/a/b/wavs/x.wav": nil,
      ], asked: ["de": "ja", "fr_FR": "oui"]),
    Languages(
      importer: "mls",
      files: [
        "mls_german/train/transcripts.txt": "1_2_0\tja\n",
        "mls_german/train/audio/1/2/1_2_0.flac": nil,
        "mls_french_opus/train/transcripts.txt": "1_2_0\toui\n",
        "mls_french_opus/train/audio/1/2/1_2_0.opus": nil,
      ], asked: ["de": "ja", "fr": "oui", "mls_german": "ja"]),
    Languages(
      importer: "fleurs",
      files: [
        "de_de/train.tsv": "1\t1.wav\tja\tja\n", "de_de/audio/train/1.wav": nil,
        "fr_fr/train.tsv": "1\t1.wav\toui\toui\n", "fr_fr/audio/train/1.wav": nil,
      ], asked: ["de": "ja", "fr_fr": "oui"]),
    Languages(
      importer: "css10",
      files: [
        "german/transcript.txt": "b/1.wav|ja|ja|1.0\n", "german/b/1.wav": nil,
        "french/transcript.txt": "b/1.wav|oui|oui|1.0\n", "french/b/1.wav": nil,
      ], asked: ["de": "ja", "french": "oui"]),
  ]

  @Test(arguments: languages) func severalLanguagesAreNotMixed(_ languages: Languages) throws {
    try withTemporaryFolder { folder in
      let corpus = try corpus(folder, languages.files)
      let error = #expect(throws: ImportError.self) { try corpus.imported(languages.importer) }
      #expect(error?.description.contains("has several languages") == true)
      for (language, transcript) in languages.asked {
        _ = try corpus.imported(languages.importer) {
          $0.language = language
          $0.shortestSeconds = 0
        }
        #expect(try corpus.allTranscripts() == [transcript], "\(language)")
      }
      let other = #expect(throws: ImportError.self) {
        try corpus.imported(languages.importer) { $0.language = "it" }
      }
      #expect(other?.description.contains("has no recordings in \"it\"") == true)
    }
  }

  @Test func whatIsNewInACommonVoiceHasNoParts() throws {
    try withTemporaryFolder { folder in
      let header = "client_id\tpath\tsentence_id\tsentence\n"
      var files: [String: String?] = [
        "cv-corpus-21.0-delta-2025-03-14/de/validated.tsv": header
          + (0..<6).map { "s\($0)\tx\($0).mp3\tid\tSatz \("abcdef".dropFirst($0).first ?? "g")\n" }
          .joined(),
        "cv-corpus-21.0-delta-2025-03-14/de/other.tsv": header + "s\tx6.mp3\tid\tanders\n",
      ]
      for index in 0...6 {
        files["cv-corpus-21.0-delta-2025-03-14/de/clips/x\(index).mp3"] = .some(nil)
      }
      let corpus = try corpus(folder, files)
      _ = try corpus.imported("common-voice")
      #expect(try corpus.allTranscripts() == "abcdef".map { "satz \($0)" })
      #expect(try corpus.samples("test").count == 1)
      #expect(try corpus.transcripts("other") == ["anders"])
      _ = try corpus.imported("common-voice") { $0.asOriginal = true }
      #expect(try corpus.transcripts("validated").count == 6)
    }
  }

  private static let divided: [String: String?] = [
    "cv/de/train.tsv": "client_id\tpath\tsentence\na\tx.mp3\tEins.\nb\ty.mp3\tSeite 5.\n",
    "cv/de/test.tsv": "client_id\tpath\tsentence\nc\tz.mp3\tZwei.\n",
    "cv/de/validated.tsv":
      "client_id\tpath\tsentence\na\tx.mp3\tEins.\nb\ty.mp3\tSeite 5.\nc\tz.mp3\tZwei.\n",
    "cv/de/clips/x.mp3": nil, "cv/de/clips/y.mp3": nil, "cv/de/clips/z.mp3": nil,
  ]

  @Test func aSkippedSampleOfSeveralSetsCountsOnce() throws {
    try withTemporaryFolder { folder in
      let corpus = try corpus(folder, Self.divided)
      let result = try corpus.imported("common-voice")
      #expect(result.leftOut.map(\.name) == ["cv/de/clips/y.mp3"])
      #expect(result.leftOut.map(\.sets) == [["train", "validated"]])
      #expect(result.report.leftOut.map(\.count) == [1])
      #expect(result.report.leftOut.map(\.examples.count) == [1])
      #expect(result.report.text.contains("\nfrom common-voice "), "\(result.report.text)")
    }
  }

  @Test func unknownSetsAreRefusedAndEmptyOnesNotWarnedOfWhereAskedFor() throws {
    try withTemporaryFolder { folder in
      let corpus = try corpus(folder, Self.divided)
      let error = #expect(throws: ImportError.self) {
        try corpus.imported("common-voice") { $0.sets = ["trian"] }
      }
      #expect(
        error?.description
          == "--sets: no set is called \"trian\". There are test, train, validated.")
      // Dev has no table here; test was not asked for.
      #expect(try corpus.imported("common-voice") { $0.sets = ["train"] }.report.warnings.isEmpty)
      #expect(try corpus.samples("test").isEmpty)
      #expect(try corpus.imported("common-voice") { $0.split = .none }.report.warnings.isEmpty)
      let warnings = try corpus.imported("common-voice").report.warnings
      #expect(warnings.count == 1 && warnings[0].contains("no samples are left for dev.csv:"))
    }
  }

  @Test func anotherLanguageThanTheCorpusHasIsRefused() throws {
    try withTemporaryFolder { folder in
      let corpus = try corpus(folder, Self.divided)
      let error = #expect(throws: ImportError.self) {
        try corpus.imported("common-voice") { $0.language = "fr" }
      }
      #expect(error?.description == "common-voice has no recordings in \"fr\". It has de.")
      for language in ["de", "de-AT"] {
        _ = try corpus.imported("common-voice") { $0.language = language }
      }
      // A folder's name may be any.
      for (path, content) in Self.divided {
        let place = path.replacing("cv/de/", with: "other/mine/")
        guard let content else {
          try corpus.writeTones(place)
          continue
        }
        try corpus.write(content, to: place)
      }
      try FileManager.default.removeItem(atPath: corpus.output)
      _ = try corpus.imported("common-voice", source: "other") { $0.language = "fr" }
      #expect(try corpus.transcripts("train") == ["eins"])
    }
  }

  @Test func commonVoiceOfHuggingFaceIsRead() throws {
    try withTemporaryFolder { folder in
      let corpus = try corpus(
        folder,
        [
          "transcript/de/train.tsv": "client_id\tpath\tsentence\na\tc_1.mp3\tEins.\n",
          "transcript/de/test.tsv": "client_id\tpath\tsentence\nb\tc_2.mp3\tZwei.\n",
        ])
      for (set, name) in [("train", "c_1.mp3"), ("test", "c_2.mp3")] {
        let shard = MadeArchive.tar([("de_\(set)_0/\(name)", try CorpusFolder.tone(1))])
        try corpus.write(shard, to: "audio/de/\(set)/de_\(set)_0.tar")
      }
      _ = try corpus.imported("common-voice")
      #expect(try corpus.transcripts("train") == ["eins"])
      #expect(try corpus.transcripts("test") == ["zwei"])
      #expect(ImporterList.guesses(for: try SourceTree(corpus.root)).first == "common-voice")
    }
  }

  @Test func talksOfTEDLIUM3CountOnce() throws {
    try withTemporaryFolder { folder in
      let corpus = try corpus(
        folder,
        [
          "T3/data/stm/A.stm": "A 1 A 0.1 0.9 <o,f0,male> one\n", "T3/data/sph/A.sph": nil,
          "T3/data/stm/B.stm": "B 1 B 0.1 0.9 <o,f0,male> two\n", "T3/data/sph/B.sph": nil,
          "T3/legacy/train/stm/A.stm": "A 1 A 0.1 0.9 <o,f0,male> one\n",
          "T3/legacy/dev/stm/C.stm": "C 1 C 0.1 0.9 <o,f0,male> three\n",
          "T3/legacy/dev/sph/C.sph": nil,
        ])
      _ = try corpus.imported("ted-lium")
      #expect(try corpus.transcripts("train") == ["one", "two"])
      #expect(try corpus.transcripts("dev") == ["three"])
      #expect(try corpus.transcripts("test") == [])
    }
  }

  @Test func voxForgeIsNotEnglishOnly() throws {
    try withTemporaryFolder { folder in
      let corpus = try corpus(
        folder,
        ["Ann-1/etc/PROMPTS": "Ann-1/mfc/a1 schöne Grüße\n", "Ann-1/wav/a1.wav": nil])
      _ = try corpus.imported("voxforge")
      #expect(try corpus.transcripts("train") == ["schöne grüße"])
      _ = try corpus.imported("voxforge") { $0.asOriginal = true }
      #expect(try corpus.transcripts("train") == ["sch ne gr e"])
    }
  }
}
