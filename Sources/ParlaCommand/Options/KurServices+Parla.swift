import ParlaAudio
import ParlaCorpus
import ParlaCorpusImport
import ParlaFiles
import ParlaKur
import ParlaNeuralNetwork

extension KurServices {
  /// What this program has for `kurfile`'s data and trainings.
  static func parla(_ kurfile: Kurfile) throws -> KurServices {
    KurServices(
      note: { Terminal.note($0) },
      unpack: { archive, folder in try ArchiveUnpacking.unpack(archive, into: folder) },
      readTable: { path in
        try Manifest(path: path).samples.map { sample in
          SpeechEntry(
            path: sample.audioPath, text: sample.transcript,
            duration: try AudioFile.information(sample.audioPath).duration)
        }
      },
      makeEngine: { graph, snapshot, optimizer in
        CPUTrainingEngine(
          graph, from: snapshot,
          EngineSettings(optimizer: optimizer, threadCount: Processors.count))
      },
      seed: try kurfile.seed)
  }
}
