import Foundation
import ParlaAudio
import ParlaCorpus
import ParlaTestSupport
import Testing

@testable import ParlaCorpusImport

@Suite struct CorpusImportTests {
  /// Asterisk and Tux Paint in Russian, with one fault of each kind.
  private func writeCorpora(_ folder: String) throws {
    let corpus = FakeCorpus(root: folder)
    let prompts = Self.sentences.prefix(8).enumerated().map { "vm-\($0.offset): \($0.element)" }
    try corpus.writeAsterisk(
      """
      ; Sounds
      \(prompts.joined(separator: "\n"))
      vm-press: Нажмите 1, затем решётку.
      vm-press: Другой текст
      beep: [beep]
      missing: Нет записи.
      """, language: "ru", voice: "ru_RU_f_IvrvoiceRU")
    for (index, sentence) in Self.sentences.enumerated() {
      try corpus.writeStamp(
        "animals/s\(index)", sentence, language: "ru", hertz: 200 + 10 * Double(index))
    }
    try corpus.writeStamp("animals/copy", Self.sentences[0], language: "ru", hertz: 200)
    try corpus.writeStamp("animals/longer", Self.sentences[3], language: "ru", hertz: 230)
    try corpus.writeTone(
      "\(Self.stamps)/animals/longer_desc_ru.ogg", seconds: 1, hertz: 230, silenceAfter: 1)
    try corpus.writeTone("\(Self.stamps)/animals/s3_desc_ru.ogg", seconds: 1, hertz: 230)
    try corpus.writeStamp("animals/latin", "Пингвин Tux.", language: "ru", hertz: 999)
    try corpus.writeStamp("animals/fast", Self.sentences[0], language: "ru", hertz: 999)
    try corpus.writeTone("\(Self.stamps)/animals/fast_desc_ru.ogg", seconds: 0.2)
    try corpus.writeStamp("animals/silent", "Тишина.", language: "ru", hertz: 0)
    try corpus.write("not sound", to: "\(Self.stamps)/animals/broken_desc_ru.ogg")
    try corpus.write("ru.utf8=Сломано.\n", to: "\(Self.stamps)/animals/broken.txt")
  }

  private static let stamps = "usr/share/tuxpaint/stamps"

  private static let sentences = [
    "Лягушка сидит.", "Белка прыгает.", "Кошка спит.", "Мышь бежит.", "Гусь летит.",
    "Большая рыба.", "Зелёный лист.", "Красный дом.", "Синее море.", "Белый снег.",
    "Жёлтый песок.", "Тихий вечер.", "Громкий звук.", "Новый год.", "Старый друг.",
    "Первый день.", "Летний сад.", "Зимний лес.", "Мокрый дождь.", "Сухой хлеб.",
  ]

  private func importCorpora(_ source: String, to output: String) throws -> ImportReport {
    var corpusImport = try CorpusImport(
      importers: [AsteriskImporter(), TuxPaintImporter()], language: "ru", outputFolder: output)
    corpusImport.sourceFolder = source
    corpusImport.split = try SentenceSplit(devShare: 0.25, testShare: 0.25)
    return try corpusImport.run()
  }

  private func contents(_ folder: String) throws -> [String: Data] {
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder)
    return Dictionary(
      uniqueKeysWithValues: files.compactMap { file in
        FileManager.default.contents(atPath: "\(folder)/\(file)").map { (file, $0) }
      })
  }

  @Test func reportsWhatWasKeptAndLeftOut() throws {
    try withTemporaryFolder { folder in
      try writeCorpora(folder)
      let report = try importCorpora(folder, to: folder + "/out")
      #expect(report.corpora.map(\.clips) == [9, 20])
      #expect(report.total.clips == 29)
      #expect(report.total.sentences == 21)
      #expect(report.total.speakers == 2)
      let counts = Dictionary(uniqueKeysWithValues: report.leftOut.map { ($0.reason, $0.count) })
      #expect(
        counts == [
          .brackets: 1, .noRecording: 1, .secondText: 1, .duplicateRecording: 2,
          .foreignLetters: 1, .tooFast: 1, .silent: 1, .unreadable: 1,
        ])
      #expect(report.alphabet.first == " ")
      #expect(!report.alphabet.contains("ё"))
      #expect(report.text.contains("from asterisk"))
      #expect(report.text.contains("1 × letters of another language"))
    }
  }

  @Test func noSentenceStandsInTwoParts() throws {
    try withTemporaryFolder { folder in
      try writeCorpora(folder)
      _ = try importCorpora(relativePath(folder), to: relativePath(folder + "/out"))
      let parts = try ["train", "dev", "test"].map {
        Set(try Manifest(path: "\(folder)/out/\($0).csv").samples.map(\.transcript))
      }
      #expect(parts.map(\.count).reduce(0, +) == 21)
      #expect(parts[0].union(parts[1]).union(parts[2]).count == 21)
    }
  }

  @Test func clipsAreTrimmedLoudAndAsStated() throws {
    try withTemporaryFolder { folder in
      try writeCorpora(folder)
      _ = try importCorpora(folder, to: folder + "/out")
      for sample in try Manifest(path: "\(folder)/out/train.csv").samples {
        let clip = try AudioFile.read(sample.audioPath)
        #expect(clip.sampleRate == 16000)
        #expect(sample.fileSize == FileStamp(path: sample.audioPath)?.byteCount)
        let peak = clip.samples.reduce(0) { max($0, abs($1)) }
        #expect(abs(peak - 0.7) < 0.001)
        guard sample.audioPath.contains("tuxpaint") else { continue }
        let seconds = 0.3 + max(0.4, Double(sample.transcript.count + 1) / 12)
        #expect(abs(clip.duration - seconds) < 0.03)
      }
    }
  }

  @Test func repeatedImportIsTheSameAndReusesClips() throws {
    try withTemporaryFolder { folder in
      try writeCorpora(folder)
      let report = try importCorpora(folder, to: folder + "/out")
      let before = try contents(folder + "/out")
      let clip = folder + "/out/clips/tuxpaint-ru.animals.s1.wav"
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: clip)
      try FileManager.default.removeItem(atPath: folder + "/out/clips/tuxpaint-ru.animals.s2.wav")
      #expect(try importCorpora(folder, to: folder + "/out") == report)
      #expect(try contents(folder + "/out") == before)
      #expect(FileStamp(path: clip)?.modified == 1)
    }
  }

  @Test func changedRecordingsAreConvertedAgain() throws {
    try withTemporaryFolder { folder in
      try writeCorpora(folder)
      _ = try importCorpora(folder, to: folder + "/out")
      let clip = folder + "/out/clips/tuxpaint-ru.animals.s1.wav"
      let before = FileManager.default.contents(atPath: clip)
      try FakeCorpus(root: folder).writeTone(
        "\(Self.stamps)/animals/s1_desc_ru.ogg", seconds: 1, hertz: 1000)
      _ = try importCorpora(folder, to: folder + "/out")
      #expect(FileManager.default.contents(atPath: clip) != before)
    }
  }

  @Test func nothingUsableIsAnError() throws {
    try withTemporaryFolder { folder in
      let stamps = FakeCorpus(root: folder)
      try stamps.write("ru.utf8=[нет]\n", to: "\(Self.stamps)/a.txt")
      try stamps.write("", to: "\(Self.stamps)/a_desc_ru.ogg")
      var corpusImport = try CorpusImport(
        importers: [TuxPaintImporter()], language: "ru", outputFolder: folder + "/out")
      corpusImport.sourceFolder = folder
      let error = #expect(throws: ImportError.self) { try corpusImport.run() }
      #expect(
        error?.description
          == "tuxpaint: nothing is left to import (1 × brackets: a sound or an explanation).")
    }
  }
}
