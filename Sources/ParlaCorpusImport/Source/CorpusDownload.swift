import Foundation
import ParlaFiles
package import ParlaWeb

/// Fetches the archives of a corpus that everybody may have.
package struct CorpusDownload: Sendable {
  /// An archive of a corpus.
  struct File: Sendable {
    let address: String
    /// Its SHA-256 in hexadecimal digits, where its makers or others have published one.
    var digest: String?
    /// The set that it holds; nil for all.
    var set: String?

    var name: String { address.fileName }
  }

  private let files: [File]
  private let mirror: String?

  /// Chooses what is fetched of the corpus called `name`: the archives of `sets`, or all where there are none; from `mirror`, or where
  /// its makers keep it.
  ///
  /// - Throws: `ImportError.notFetchable`, `.nothingToFetch`.
  package init(of name: String, sets: [String], mirror: String? = nil) throws(ImportError) {
    guard let all = Self.files[name] else {
      throw .notFetchable(importer: name, known: Self.files.keys.sorted())
    }
    files = all.filter { file in file.set.map { sets.isEmpty || sets.contains($0) } ?? true }
    guard !files.isEmpty else {
      throw .nothingToFetch(importer: name, known: all.compactMap(\.set))
    }
    self.mirror = mirror
  }

  /// Fetches `files`.
  init(_ files: [File], mirror: String? = nil) {
    self.files = files
    self.mirror = mirror
  }

  /// Downloads what is not in `folder` yet; `progress` receives each file's name first.
  ///
  /// A file is downloaded under another name until it is complete and its checksum is right, so it can be interrupted at any time.
  /// - Throws: `ImportError.downloadFailed`, `.wrongChecksum`, `.file`.
  package func run(
    into folder: String, by download: WebDownload = WebDownload(),
    progress: (String) -> Void = { _ in }
  ) throws(ImportError) {
    try makeFolder(folder)
    let lock = try lockedFolder(folder)
    defer { withExtendedLifetime(lock) {} }
    for file in files {
      let target = folder.appendingName(file.name)
      if FileManager.default.fileExists(atPath: target) { continue }
      progress(file.name)
      try get(file, to: target, download)
    }
  }

  private func get(
    _ file: File, to target: String, _ download: WebDownload
  ) throws(ImportError) {
    let address = mirror.map { $0.appendingName(file.name) } ?? file.address
    guard let url = URL(string: address), url.scheme != nil else {
      throw .downloadFailed(package: address, reason: "it is no address")
    }
    if let problem = download.parts([.init(url, to: target)])[0] {
      throw .downloadFailed(package: address, reason: problem)
    }
    let part = WebDownload.part(of: target)
    if let expected = file.digest {
      let found: String
      do { found = try SHA256.digest(ofFile: part) } catch { throw .file(error) }
      guard found == expected else {
        try? FileManager.default.removeItem(atPath: part)
        throw .wrongChecksum(path: target, found: found, expected: expected)
      }
    }
    do { try WebDownload.keep(target) } catch { throw .file(error) }
  }
}

// MARK: - What can be fetched

extension CorpusDownload {
  private static func openSLR(_ number: Int, _ names: String...) -> [File] {
    names.map { File(address: "https://www.openslr.org/resources/\(number)/\($0)") }
  }

  private static func libriSpeech(_ set: String, _ digest: String) -> File {
    File(
      address: "https://www.openslr.org/resources/12/\(set).tar.gz", digest: digest, set: set)
  }

  /// The archives of each corpus; digests are those that torchaudio checks.
  static let files: [String: [File]] = [
    "librispeech": [
      libriSpeech("dev-clean", "76f87d090650617fca0cac8f88b9416e0ebf80350acb97b343a85fa903728ab3"),
      libriSpeech("dev-other", "12661c48e8c3fe1de2c1caa4c3e135193bfb1811584f11f569dd12645aa84365"),
      libriSpeech("test-clean", "39fde525e59672dc6d1551919b1478f724438a95aa55f874b576be21967e6c23"),
      libriSpeech("test-other", "d09c181bba5cf717b3dee7d4d592af11a3ee3a09e08ae025c5506f6ebe961c29"),
      libriSpeech(
        "train-clean-100", "d4ddd1d5a6ab303066f14971d768ee43278a5f2a0aa43dc716b0e64ecbbbf6e2"),
      libriSpeech(
        "train-clean-360", "146a56496217e96c14334a160df97fffedd6e0a04e66b9c5af0d40be3c792ecf"),
      libriSpeech(
        "train-other-500", "ddb22f27f96ec163645d53215559df6aa36515f26e01dd70798188350adcb6d2"),
    ],
    "ljspeech": [
      File(
        address: "https://data.keithito.com/data/speech/LJSpeech-1.1.tar.bz2",
        digest: "be1a30453f28eb8dd26af4101ae40cbf2c50413b1bb21936cbcdc6fae3de8aa5")
    ],
    "thchs30": openSLR(18, "data_thchs30.tgz"),
    "ted-lium": openSLR(19, "TEDLIUM_release2.tar.gz"),
    "aishell": openSLR(33, "data_aishell.tgz"),
    "st-cmds": openSLR(38, "ST-CMDS-20170001_1-OS.tar.gz"),
    "primewords": openSLR(47, "primewords_md_2018_set1.tar.gz"),
    "slr57": openSLR(57, "African_Accented_French.tar.gz"),
    "aidatatang": openSLR(62, "aidatatang_200zh.tgz"),
    "magicdata": openSLR(68, "train_set.tar.gz", "dev_set.tar.gz", "test_set.tar.gz"),
    "att-hack": openSLR(88, "txt.tgz", "wav.tgz"),
    "training-speech": [
      File(address: "https://s3.eu-west-3.amazonaws.com/audiocorp/releases/2019-04-11_fr_FR.zip")
    ],
  ]
}
