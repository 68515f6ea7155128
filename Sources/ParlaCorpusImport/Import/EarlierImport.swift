import Foundation

extension ImportReport {
  /// The report of an earlier import into `folder`; nil where there is none that can be read.
  static func saved(in folder: String) -> ImportReport? {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    guard let data = FileManager.default.contents(atPath: "\(folder)/import-report.json") else {
      return nil
    }
    return try? decoder.decode(ImportReport.self, from: data)
  }

  /// Refuses `folder` where it holds an import of something else than `corpora`, which would be replaced; `source` is where
  /// they come from, nil for packages.
  ///
  /// More corpora than before, and other settings for the same ones, are fine.
  ///
  /// - Throws: `ImportError.otherImport`.
  static func checkEarlier(
    in folder: String, corpora: [String], source: String?
  ) throws(ImportError) {
    guard let earlier = saved(in: folder) else { return }
    let names = earlier.corpora.map(\.name)
    let isSame =
      Set(names).isSubset(of: corpora) && (earlier.source == nil || earlier.source == source)
    guard isSame else {
      throw .otherImport(folder: folder, corpora: names, source: earlier.source)
    }
  }
}
