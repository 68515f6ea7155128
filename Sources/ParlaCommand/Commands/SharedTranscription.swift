import ArgumentParser
import Foundation
import ParlaFiles
import ParlaMPI
import ParlaNeuralNetwork
import ParlaRecognition

/// Recordings that several processes transcribe, each its share; the first claims the output and sums up.
struct SharedTranscription {
  let peers: MPIPeers
  let recordings: [RecordingList.Recording]
  let modelPath: String
  let isStopped: @Sendable () -> Bool

  /// Transcribes this process's share by `batch`.
  ///
  /// `makeReport` is given that share. The first process prints the processor time of all if it `tellsTime`.
  ///
  /// - Throws: `FileError`, `RecognitionError`, `ValidationError` for lists that differ; `ExitCode.failure` as `TranscriptionReport`.
  func run(
    _ batch: inout TranscriptionBatch, tellsTime: Bool,
    makeReport: ([RecordingList.Recording]) -> TranscriptionReport
  ) throws {
    try checkLists()
    try checkModels()
    if peers.isFirst { try batch.claimOutputs(of: recordings) }
    let own = try share().map { recordings[$0] }
    let report = makeReport(own)
    peers.working { batch.run(own, isStopped: isStopped, tell: report.tell) }
    let summaries = peers.gather(Array(try JSONEncoder().encode(report.summary)))
    peers.finish()
    for summary in summaries.dropFirst() where peers.isFirst {
      report.add(try JSONDecoder().decode(TranscriptionReport.Summary.self, from: Data(summary)))
    }
    guard peers.isFirst else { throw ExitCode.success }
    if tellsTime { report.tellTime() }
    try report.finish()
  }

  /// All processes have to see the same recordings.
  private func checkLists() throws {
    let lists = peers.gather(Array(recordings.map(\.path).joined(separator: "\0").utf8))
    guard let other = lists.firstIndex(where: { $0 != lists[0] }) else { return }
    let count = lists[other].isEmpty ? 0 : lists[other].count { $0 == 0 } + 1
    throw ValidationError(
      "\(peers.name(of: other)) found \(count) recordings that are not the \(recordings.count) of the first process. "
        + "All hosts need the same recordings at the same paths.")
  }

  /// All processes have to use the same model.
  private func checkModels() throws {
    let name = try ContentDigest(of: modelPath).name
    guard let other = peers.firstOther(Array(name.utf8)) else { return }
    throw ValidationError(
      "\(modelPath): \(peers.name(of: other)) found another model there than the first process. "
        + "All hosts need the same model at the same path: copy that of the first host.")
  }

  /// The positions of the recordings that this process takes, as the first one has decided.
  private func share() throws -> [Int] {
    var decision: [UInt8] = []
    if peers.isFirst {
      let sizes = recordings.map { FileStatus(link: $0.path)?.byteCount ?? 0 }
      decision = Array(
        try JSONEncoder().encode(RecordingShares.divide(sizes: sizes, among: peers.count)))
    }
    let shares = try JSONDecoder().decode([[Int]].self, from: Data(peers.gather(decision)[0]))
    return shares[peers.index]
  }
}
