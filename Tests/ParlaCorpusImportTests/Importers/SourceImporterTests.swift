import Foundation
import ParlaCorpus
import ParlaTestSupport
import Testing

@testable import ParlaCorpusImport

/// Each corpus in its layout, as small as can be: what is listed, in which set, and what it is guessed to be.
@Suite struct SourceImporterTests {
  /// A corpus: its files, with a tone where the text is nil, and the transcripts of its sets.
  struct Layout: Sendable, CustomStringConvertible {
    let importer: String
    let files: [String: String?]
    let sets: [String: [String]]
    var description: String { importer }
  }

  @Test(arguments: layouts)
  func isImportedAndGuessed(_ layout: Layout) throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      for (path, text) in layout.files {
        if let text { try corpus.write(text, to: path) } else { try corpus.writeTones(path) }
      }
      _ = try corpus.imported(layout.importer) { $0.asOriginal = true }
      for (set, transcripts) in layout.sets {
        #expect(try corpus.transcripts(set) == transcripts, "\(set)")
      }
      #expect(ImporterList.guesses(for: try SourceTree(corpus.root)).first == layout.importer)
    }
  }

  private static let layouts: [Layout] = [
    Layout(
      importer: "common-voice",
      files: [
        "de/train.tsv": "client_id\tpath\tsentence\na\tx.mp3\tGuten Tag.\na\ty\tSeite 5.\n",
        "de/test.tsv": "client_id\tpath\tsentence\nb\tz.mp3\tUnd ab\n",
        "de/validated.tsv":
          "client_id\tpath\tsentence\na\tx.mp3\tGuten Tag.\nb\tz.mp3\tUnd ab\nc\tz.mp3\tund, ab!\n",
        "de/clips/x.mp3": nil, "de/clips/y.mp3": nil, "de/clips/z.mp3": nil,
      ],
      sets: [
        "train": ["guten tag"], "dev": [], "test": ["und ab"], "train-all": ["guten tag"],
        "validated": ["guten tag", "und ab", "und ab"],
      ]),
    Layout(
      importer: "cv-personal",
      files: [
        "takeout_a_metadata.txt": "client_id\toriginal_sentence_id\tsentence\nme\t0a\tHallo!\n",
        "takeout_a_pt_0/0a.mp3": nil,
      ], sets: ["train": ["hallo"]]),
    Layout(
      importer: "librispeech",
      files: [
        "LibriSpeech/dev-clean/84/12/84-12.trans.txt": "84-12-0000 GET DOWN\n",
        "LibriSpeech/dev-clean/84/12/84-12-0000.flac": nil,
        "LibriSpeech/train-other-500/9/1/9-1.trans.txt": "9-1-0000 NAÏVE\n9-1-0001 GONE\n",
        "LibriSpeech/train-other-500/9/1/9-1-0000.flac": nil,
      ], sets: ["train": ["naive"], "dev": ["get down"], "dev-clean": ["get down"], "test": []]),
    Layout(
      importer: "libritts",
      files: [
        "test-clean/1/2/1_2_3_4.normalized.txt": "Well, yes.", "test-clean/1/2/1_2_3_4.wav": nil,
      ], sets: ["test": ["well yes"], "train": []]),
    Layout(
      importer: "mls",
      files: [
        "mls_german/dev/transcripts.txt": "1_2_0\tder tag\n1_2_1\tkapitel 3\n",
        "mls_german/dev/audio/1/2/1_2_0.flac": nil, "mls_german/dev/audio/1/2/1_2_1.flac": nil,
      ], sets: ["dev": ["der tag"]]),
    Layout(
      importer: "swc",
      files: [
        "german/A/aligned.swc": """
        <article><meta><prop key="reader.name" value="Anna"/></meta><d><s>\
        <t text="Der"><n pronunciation="der" start="0" end="300"/></t>\
        <t text="Arzt"><n pronunciation="arzt" start="300" end="900"/></t><t text="."/></s></d></article>
        """, "german/A/audio1.ogg": nil, "german/A/audio2.ogg": nil,
      ], sets: ["train": ["der arzt"]]),
    Layout(
      importer: "fisher",
      files: [
        "T/trans/000/fe_03_00001.txt": "# x\n\n0.10 0.90 A: my, name\n\n0.2 0.9 B: ((  ))\n",
        "S/audio/000/fe_03_00001.sph": nil,
      ], sets: ["test": ["my name"]]),
    Layout(
      importer: "aishell",
      files: [
        "data_aishell/transcript/aishell_transcript_v0.8.txt": "BAC1 今天 天气\nBAC2 没有\n",
        "data_aishell/wav/test/S1/BAC1.wav": nil,
      ], sets: ["test": ["今天 天气"]]),
    Layout(
      importer: "st-cmds",
      files: [
        "ST/1P00001A0001.wav": nil, "ST/1P00001A0001.txt": "明天见\n", "ST/1P00001A0001.metadata": "",
      ],
      sets: ["test": ["明天见"]]),
    Layout(
      importer: "voxforge",
      files: [
        "Ann-1/etc/PROMPTS": "Ann-1/mfc/a1 IT WAS A LARGE CANOE\n", "Ann-1/wav/a1.wav": nil,
        "Bob-2/etc/PROMPTS": "Bob-2/mfc/b1 ONLY FLAC\n", "Bob-2/flac/b1.flac": nil,
      ], sets: ["train": ["it was a large canoe"]]),
    Layout(
      importer: "slr57",
      files: [
        "African_Accented_French/transcripts/train/a/conditioned.txt": "r1.tdf où habitez-vous\n",
        "African_Accented_French/speech/train/a/r1.wav": nil,
      ], sets: ["test": ["où habitez vous"]]),
    Layout(
      importer: "lingua-libre",
      files: ["Q21-fra-French/Ann/à bientôt.ogg": nil, "Q21-fra-French/Ann/(eau).ogg": nil],
      sets: ["test": ["à bientôt"]]),
    Layout(
      importer: "vctk",
      files: [
        "V/txt/p1/p1_001.txt": "Please call.\n", "V/wav48_silence_trimmed/p1/p1_001_mic1.flac": nil,
        "V/wav48_silence_trimmed/p1/p1_001_mic2.flac": nil,
      ], sets: ["train": ["please call"]]),
    Layout(
      importer: "ted-lium",
      files: [
        "T/dev/stm/B.stm":
          "B 1 B 0.1 0.9 <o,f0,male> does  that\nB 1 inter_segment_gap 0.9 1 <o,,unknown> ignore_time_segment_in_scoring\n",
        "T/dev/sph/B.sph": nil,
      ], sets: ["dev": ["does that"]]),
    Layout(
      importer: "ldc93s1", files: ["LDC93S1.txt": "0 20 She had.\n", "LDC93S1.wav": nil],
      sets: ["train": ["she had"]]),
    Layout(
      importer: "timit",
      files: [
        "test/TIMIT/TRAIN/DR1/F/SX37.TXT": "0 20529 semi-soft, \"well\"!\n",
        "test/TIMIT/TRAIN/DR1/F/SX37.WAV": nil, "test/TIMIT/TRAIN/DR1/F/SA1.TXT": "0 9 She had.\n",
        "test/TIMIT/TRAIN/DR1/F/SA1.WAV": nil,
      ], sets: ["train": ["semisoft well"], "test": []]),
    Layout(
      importer: "m-ailabs",
      files: [
        "de_DE/by_book/female/ann/b/metadata.csv": "x1|17|siebzehn!\nx2|Fehlt|Fehlt\n",
        "de_DE/by_book/female/ann/b/wavs/x1.wav": nil,
      ], sets: ["test": ["siebzehn"]]),
    Layout(
      importer: "aidatatang",
      files: [
        "a/transcript/aidatatang_200_zh_transcript.txt": "T1 今天 天气\n",
        "a/corpus/dev/G1/T1.wav": nil, "a/corpus/dev/G1/T1.txt": "今天",
        "a/corpus/dev/G1/T1.metadata": "",
      ], sets: ["dev": ["今天 天气"]]),
    Layout(
      importer: "primewords",
      files: [
        "p/set1_transcript.json": #"[{"file": "x.wav", "text": "很 好", "user_id": "7"}]"#,
        "p/audio_files/0/00/x.wav": nil,
      ], sets: ["test": ["很 好"]]),
    Layout(
      importer: "thchs30",
      files: [
        "d/data/A1_0.wav": nil, "d/data/A1_0.wav.trn": "绿 是\nlv4 shi4\n",
        "d/test/A1_0.wav.trn": "../data/A1_0.wav.trn\n",
      ], sets: ["test": ["绿是"]]),
    Layout(
      importer: "switchboard",
      files: [
        "swb1_d1/sw02001.sph": nil,
        "swb_ms98_transcriptions/20/2001/sw2001A-ms98-a-trans.text":
          "sw2001A-ms98-a-0001 0.0 0.4 [silence]\nsw2001A-ms98-a-0002 0.4 1.2 Hi, um\n",
        "swb_ms98_transcriptions/20/2001/sw2001B-ms98-a-trans.text":
          "sw2001B-ms98-a-0001 0.5 1.5 yeah [laughter]\nsw2001B-ms98-a-0002 1.5 1.9 okay-\n",
      ], sets: ["train": [], "dev": ["hi um"], "test": ["okay"]]),
    Layout(
      importer: "training-speech",
      files: [
        "data.csv":
          "path,duration,text\nbuch/1.wav,2.0,\"Oui, l’été… (bis)\"\nbuch/2.wav,2.0,En 1900\n",
        "buch/1.wav": nil, "buch/2.wav": nil,
      ], sets: ["test": ["oui l'été bis"]]),
    Layout(
      importer: "att-hack",
      files: [
        "V/txt/F01_a1_s001_v01.txt": "Il est là.\n", "V/wav/F01_a1_s001_v01.wav": nil,
      ], sets: ["train": ["il est là"]]),
    Layout(
      importer: "ccpmf",
      files: [
        "a/20150123_Tresor_1_fre.xml":
          "<doc><row timestamp=\"0.0\" timedur=\"0.5\">Bonjour à</row><row timestamp=\"0.5\" "
          + "timedur=\"0.5\">tous, 5 %</row><row timestamp=\"1.1\" timedur=\"0.88\">merci</row></doc>",
        "a/20150123_Tresor_1.wav": nil,
      ], sets: ["test": [], "train": ["merci"]]),
    Layout(
      importer: "gram-vaani",
      files: [
        "gv.csv":
          "piece_id,audio_url,transcript_labelled,transcript,labels,content_filename,audio_length,user_id\n"
          + "\"1\",\"http://x.org/a/b.mp3\",\"\",\"नमस्ते\",\"\",\"\",\"2\",\"u\"\n",
        "mp3/b.wav": nil,
      ], sets: ["train": ["नमस्ते"]]),
    Layout(
      importer: "magicdata",
      files: [
        "train/TRANS.txt": "UtteranceID\tSpeakerID\tTranscription\n1_2.wav\t1\t请打开。\n",
        "train/1/1_2.wav": nil,
      ], sets: ["train": ["请打开"]]),
    Layout(
      importer: "fleurs",
      files: [
        "de_de/dev.tsv": "7\t1.wav\tGuten Tag.\tguten tag\tg u\t9\tMALE\n",
        "de_de/audio/dev/1.wav": nil,
      ], sets: ["dev": ["guten tag"]]),
    Layout(
      importer: "vivos",
      files: ["v/test/prompts.txt": "S1_R1 XIN CHÀO\n", "v/test/waves/S1/S1_R1.wav": nil],
      sets: ["test": ["xin chào"]]),
    Layout(
      importer: "jsut", files: ["b/transcript_utf8.txt": "B_1:水を。\n", "b/wav/B_1.wav": nil],
      sets: ["train": ["水を"]]),
    Layout(
      importer: "css10",
      files: ["transcript.txt": "buch/1.wav|17 ja.|Siebzehn ja.|2.0\n", "buch/1.wav": nil],
      sets: ["train": ["siebzehn ja"]]),
    Layout(
      importer: "ljspeech",
      files: ["metadata.csv": "L1|In 1813|In eighteen\n", "wavs/L1.wav": nil],
      sets: ["train": ["in eighteen"]]),
  ]

  @Test func tudaTakesWhatHasItsForm() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      let stem = "v2/dev/2015-01-27-13-51-29"
      try corpus.write(
        "<r><cleaned_sentence>Die CO2-Steuer &amp; so</cleaned_sentence></r>", to: stem + ".xml")
      try corpus.write(try CorpusFolder.tone(1, rate: 16_000), to: stem + "_Samson.wav")
      try corpus.writeTones(stem + "_Yamaha.wav")
      let error = #expect(throws: ImportError.self) { try corpus.imported("tuda") }
      #expect(error?.description.contains("neither letter nor punctuation") == true)
      try corpus.write(
        "<r><cleaned_sentence>Die CO2-Steuer</cleaned_sentence></r>", to: stem + ".xml")
      let result = try corpus.imported("tuda")
      #expect(try corpus.transcripts("dev") == ["die c o zwei steuer"])
      #expect(result.leftOut.map(\.reason) == [.otherFormat])
    }
  }

  @Test func textsOfConferencesMayBeInUTF16() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      let text = "<doc><row timestamp=\"1.1\" timedur=\"0.88\">déjà</row></doc>"
      try corpus.write(try #require(text.data(using: .utf16)), to: "20150123_Tresor_1_fre.xml")
      try corpus.writeTones("20150123_Tresor_1.wav")
      #expect(ImporterList.guesses(for: try SourceTree(corpus.root)).first == "ccpmf")
      _ = try corpus.imported("ccpmf")
      #expect(try corpus.transcripts("train") == ["déjà"])
    }
  }

  @Test func commonVoiceOfSeveralLanguagesAsksForOne() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      for language in ["de", "fr"] {
        try corpus.write("path\tsentence\nx.mp3\t\(language)\n", to: "\(language)/train.tsv")
        try corpus.writeTones("\(language)/clips/x.mp3")
      }
      let error = #expect(throws: ImportError.self) { try corpus.imported("common-voice") }
      #expect(error?.description.hasSuffix("de, fr. Choose one with --language.") == true)
      _ = try corpus.imported("common-voice") { $0.language = "fr" }
      #expect(try corpus.transcripts("train") == ["fr"])
    }
  }

  @Test func firstCommonVoiceHasTablesOfItsOwn() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      try corpus.write(
        "filename,text\ncv-valid-train/a.mp3,\"Eight, the press-yard.\"\n", to: "cv-valid-train.csv"
      )
      try corpus.write("filename,text\ncv-invalid/a.mp3,else\n", to: "cv-invalid.csv")
      try corpus.writeTones("cv-valid-train/a.mp3", "cv-invalid/a.mp3")
      _ = try corpus.imported("common-voice")
      #expect(try corpus.transcripts("train") == ["eight the press yard"])
      #expect(try corpus.transcripts("invalid") == ["else"])
    }
  }

  @Test func aLoneQuoteSwallowsNothingUnlessAsked() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      try corpus.write(
        "path\tsentence\nx\t\"Das war damit.\nx\tSie lebt.\nx\tDie Höfe.\" Ja.\nx\tEnde\n",
        to: "de/other.tsv")
      try corpus.writeTones("de/clips/x.mp3")
      _ = try corpus.imported("common-voice")
      #expect(
        try corpus.transcripts("other") == ["das war damit", "die höfe ja", "ende", "sie lebt"])
      _ = try corpus.imported("common-voice") { $0.asOriginal = true }
      #expect(try corpus.transcripts("other") == ["ende"])
    }
  }
}
