import CMPI
import Foundation
package import ParlaNeuralNetwork
import Synchronization

/// The processes that Open MPI's `mpirun` started, this one among them.
///
/// Its collective operations compute sums, so all processes get the same numbers. While a process waits it yields the
/// processor. A second thread signals to the others that this process is alive, and ends all when one of them is not (`PeerWatch`).
package final class MPIPeers: Peers {
  package let index: Int
  package let count: Int
  package let countOnHost: Int

  package let sendsBFloat16: Bool
  private let watch: PeerWatch
  private let aside = DispatchQueue(label: "parla.sums", qos: .userInitiated)

  /// How many numbers go into one operation.
  private static let pieceLength = 1 << 22

  /// So long a tensor is copied into a message with others.
  private static let smallLength = 1 << 16

  /// Joins the other processes, for gradients in bfloat16 on the way if so wished; `isAskedToEnd` says whether a signal came.
  ///
  /// `resumption` is what the same command does once a process is lost: "resumes the training from its last checkpoint".
  ///
  /// - Throws: `MPIError`.
  package init(
    sendsBFloat16: Bool = false, resumption: String, isAskedToEnd: @escaping @Sendable () -> Bool
  ) throws(MPIError) {
    let limit = JoinLimit()
    defer { limit.end() }
    try MPILibrary.start()
    self.sendsBFloat16 = sendsBFloat16
    index = Int(parla_mpi_rank())
    count = Int(parla_mpi_count())
    countOnHost = MPIEnvironment.countOnHost ?? count
    let hosts = Self.gather(Array(MPILibrary.hostName.utf8), count: count) { request in
      while unsafe parla_mpi_is_done(&request) == 0 { usleep(100) }
    }
    watch = PeerWatch(
      index: index, hosts: hosts.map { String(decoding: $0, as: UTF8.self) },
      resumption: resumption, isAskedToEnd: isAskedToEnd)
    watch.start()
  }

  package func name(of index: Int) -> String { "Process \(index) on \(watch.hosts[index])" }

  package func sum(_ tensors: inout [Tensor]) {
    for index in tensors.indices { sum(&tensors[index], PARLA_MPI_JOINT) }
  }

  /// Another thread makes such sums, one after another; several tensors go in one message.
  package func beginSum(_ tensors: consuming [Tensor]) -> PendingSum {
    let parts = Mutex(tensors)
    let isDone = DispatchSemaphore(value: 0)
    aside.async { [self] in
      var own: [Tensor] = []
      parts.withLock { swap(&$0, &own) }
      sumAside(&own)
      parts.withLock { swap(&$0, &own) }
      isDone.signal()
    }
    return PendingSum {
      isDone.wait()
      defer { isDone.signal() }
      return parts.withLock { $0 }
    }
  }

  /// The small ones in one message.
  private func sumAside(_ tensors: inout [Tensor]) {
    for index in tensors.indices where tensors[index].count > Self.smallLength {
      sum(&tensors[index], PARLA_MPI_ASIDE)
    }
    let small = tensors.indices.filter { tensors[$0].count <= Self.smallLength }
    let values = small.flatMap { tensors[$0].values }
    var joined = Tensor(shape: [values.count], values: values)
    sum(&joined, PARLA_MPI_ASIDE)
    var rest = joined.values[...]
    for index in small {
      let count = tensors[index].count
      tensors[index] = Tensor(shape: tensors[index].shape, values: Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
  }

  private func sum(_ tensor: inout Tensor, _ channel: parla_mpi_channel) {
    let (values, length) = unsafe (tensor.mutablePointer, tensor.count)
    for start in stride(from: 0, to: length, by: Self.pieceLength) {
      let count = min(Self.pieceLength, length - start)
      guard sendsBFloat16 else {
        var request = unsafe parla_mpi_sum_floats(values + start, Int32(count), channel)
        wait(&request)
        continue
      }
      unsafe withUnsafeTemporaryAllocation(of: UInt16.self, capacity: count) { rounded in
        guard let pointer = rounded.baseAddress else { return }
        unsafe parla_mpi_to_bfloat16(values + start, pointer, Int64(count))
        var request = unsafe parla_mpi_sum_bfloat16(pointer, Int32(count), channel)
        wait(&request)
        unsafe parla_mpi_from_bfloat16(pointer, values + start, Int64(count))
      }
    }
  }

  package func sum(_ numbers: inout [Double]) {
    let count = Int32(numbers.count)
    unsafe numbers.withUnsafeMutableBufferPointer { buffer in
      var request = unsafe parla_mpi_sum_doubles(buffer.baseAddress, count)
      wait(&request)
    }
  }

  package func gather(_ bytes: [UInt8]) -> [[UInt8]] {
    Self.gather(bytes, count: count) { wait(&$0) }
  }

  private static func gather(
    _ bytes: [UInt8], count: Int, wait: (inout parla_mpi_request) -> Void
  ) -> [[UInt8]] {
    var counts = [Int64](repeating: 0, count: count)
    let own = [Int64(bytes.count)]
    unsafe counts.withUnsafeMutableBufferPointer { counts in
      unsafe own.withUnsafeBufferPointer { own in
        var request = unsafe parla_mpi_gather_counts(own.baseAddress, 1, counts.baseAddress)
        wait(&request)
      }
    }
    var result = [[UInt8]](repeating: [], count: count)
    // What one operation can count is limited.
    let limit = Int64(1 << 28) / Int64(count)
    var done: Int64 = 0
    while let most = counts.max(), done < most {
      let sizes = counts.map { Int32(max(0, min($0 - done, limit))) }
      let offsets = sizes.reduce(into: [Int32(0)]) { $0.append(($0.last ?? 0) + $1) }
      let start = min(Int(done), bytes.count)
      let piece = Array(bytes[start..<min(start + Int(limit), bytes.count)])
      var all = [UInt8](repeating: 0, count: Int(offsets.last ?? 0))
      unsafe all.withUnsafeMutableBufferPointer { all in
        unsafe piece.withUnsafeBufferPointer { piece in
          unsafe sizes.withUnsafeBufferPointer { sizes in
            unsafe offsets.withUnsafeBufferPointer { offsets in
              var request = unsafe parla_mpi_gather_bytes(
                piece.baseAddress, Int32(piece.count), all.baseAddress, sizes.baseAddress,
                offsets.baseAddress)
              wait(&request)
            }
          }
        }
      }
      for peer in 0..<count {
        result[peer] += all[Int(offsets[peer])..<Int(offsets[peer] + sizes[peer])]
      }
      done += limit
    }
    return result
  }

  package func working<Result>(_ body: () throws -> Result) rethrows -> Result {
    watch.isWorking(true)
    defer { watch.isWorking(false) }
    return try body()
  }

  package func together<Result>(_ body: () throws -> Result) rethrows -> Result {
    let operation = watch.enter()
    defer { watch.leave(operation) }
    return try body()
  }

  /// Waits until the others have done their part, and lets the processor go while that takes.
  private func wait(_ request: inout parla_mpi_request) {
    let operation = watch.enter()
    defer { watch.leave(operation) }
    let start = ContinuousClock.now
    while unsafe parla_mpi_is_done(&request) == 0 {
      if ContinuousClock.now - start < .microseconds(200) { sched_yield() } else { usleep(30) }
    }
  }

  /// Ends all processes with `status`, since this one cannot go further.
  ///
  /// What befalls all of them at the same place is said by the first alone: the others give it the time to do so. It says where it
  /// runs only about what `isOfHost`, such as a full disk.
  package func abort(_ message: String, isOfHost: Bool, status: Int32) -> Never {
    if !isFirst { sleep(3) }
    FollowerOutput.writeLine(isFirst && !isOfHost ? message : "\(name(of: index)): \(message)")
    watch.endAll(status: status)
  }

  /// Leaves the others, all of which do so.
  package func finish() {
    watch.stop()
    parla_mpi_finish()
  }
}
