import ParlaAudio
import ParlaCorpus
import ParlaCorpusImport
import ParlaFiles
import ParlaKur
import ParlaNeuralNetwork
import ParlaTraining

extension KurServices {
  /// What this program has for `kurfile`'s data and trainings.
  static func parla(_ kurfile: Kurfile, engine: KurEngineOptions? = nil) throws -> KurServices {
    let threadCount = engine?.threads ?? Processors.count
    let precision = engine.map { $0.precision.ofProducts } ?? .float32
    return KurServices(
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
          EngineSettings(optimizer: optimizer, threadCount: threadCount, precision: precision))
      },
      chart: { title, axis, curves in
        ChartFile.svg(
          title: title, horizontalName: axis,
          curves: curves.map { ($0.name, $0.points.map { ($0.x, $0.y) }) })
      },
      seed: try kurfile.seed)
  }
}
