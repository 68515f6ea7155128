import CHeap
import Dispatch

/// What the program's heap does with memory that is given back to it.
enum Heap {
  /// Keeps freed memory for reuse.
  ///
  /// glibc returns the end of the heap to the system whenever a little of it is free, until a program has freed blocks of many
  /// megabytes; then it keeps the amount set here. Recognition frees and takes some hundred kilobytes in every turn, and
  /// spent a tenth of its time on that.
  static func keepFreedMemory() { parla_heap_keep(64 << 20, 32 << 20) }

  /// Lets threads share `count` parts of the heap; glibc makes up to eight for each processor.
  ///
  /// A server's streams are on all threads in turn, and what they leave free in one part is of no use to another: after many streams
  /// a server on two processors kept four times what it needed, and with one part little more than it needed.
  static func divide(into count: Int) { parla_heap_divide(Int32(clamping: count)) }

  /// Gives freed memory back every so many seconds, until what is returned is cancelled.
  ///
  /// A server would otherwise keep what many clients needed at once, and each hour find a little of it in new places.
  static func givingBackFreedMemory(every seconds: Int) -> any DispatchSourceTimer {
    let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "parla.heap"))
    timer.schedule(deadline: .now() + .seconds(seconds), repeating: .seconds(seconds))
    timer.setEventHandler { parla_heap_give_back() }
    timer.resume()
    return timer
  }
}
