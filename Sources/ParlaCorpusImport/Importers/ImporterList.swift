import ParlaTranscripts

/// The corpora that can be imported.
public enum ImporterList {
  /// All importers: those of Debian's packages, then those of folders and archives, the most specific layouts first.
  public static let all: [any CorpusImporter] =
    [AsteriskImporter(), FilletsImporter(), TuxPaintImporter()] as [any CorpusImporter] + sources

  /// Those of corpora that people have as folders or archives.
  private static let sources: [any SourceImporter] = [
    CommonVoiceImporter(), PersonalCommonVoiceImporter(), TableCorpus.libriSpeech,
    LibriTTSImporter(), TableCorpus.multilingualLibriSpeech, SpokenWikipediaImporter(),
    TudaImporter(), CCPMFImporter(), FisherImporter(), SwitchboardImporter(),
    AttHACKImporter(), GramVaaniImporter(), TableCorpus.trainingSpeech,
    MandarinListImporter.aishell,
    MandarinListImporter.aidatatang, STCMDSImporter(), PrimewordsImporter(), THCHS30Importer(),
    TableCorpus.magicData, TableCorpus.fleurs, TableCorpus.vivos, TableCorpus.jsut,
    TableCorpus.css10, VoxForgeImporter(),
    AfricanAccentedFrenchImporter(), LinguaLibreImporter(), VCTKImporter(), TEDLIUMImporter(),
    LDC93S1Importer(), TIMITImporter(), TableCorpus.mAILabs, TableCorpus.ljSpeech,
    FolderImporter(),
  ]

  /// The names of the corpora that `tree` looks like, the likeliest first.
  package static func guesses(for tree: SourceTree) -> [String] {
    sources.filter { $0.recognizes(tree) }.map(\.name)
  }

  /// The importer called `name`.
  ///
  /// - Throws: `ImportError.unknownImporter` with the nearest name.
  public static func named(_ name: String) throws(ImportError) -> any CorpusImporter {
    if let importer = all.first(where: { $0.name == name.lowercased() }) { return importer }
    // At most half of it is mistyped. Commands stand where names do.
    let nearest = nearestName(
      to: name.lowercased(), among: all.map(\.name) + ["guess", "rules"], limit: name.count / 2)
    throw .unknownImporter(name: name, nearest: nearest, known: all.map(\.name))
  }
}
