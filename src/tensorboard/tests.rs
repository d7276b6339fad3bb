use super::record::crc32c;
use super::*;

/// RFC 3720, appendix B.4, and the check value of the CRC catalogue.
#[test]
fn checksums_are_those_of_rfc_3720() {
    assert_eq!(crc32c(&[0; 32]), 0x8A91_36AA);
    assert_eq!(crc32c(&[0xFF; 32]), 0x62A8_AB43);
    assert_eq!(crc32c(b"123456789"), 0xE306_9283);
    assert_eq!(crc32c(b""), 0);
}

/// The bytes of TensorBoard's own writer (tensorboard 2.21.0, protobuf 7.36.2):
///
/// ```python
/// import io
/// from tensorboard.compat.proto.event_pb2 import Event, SessionLog
/// from tensorboard.compat.proto.summary_pb2 import Summary
/// from tensorboard.summary.writer.record_writer import RecordWriter
/// file = io.BytesIO()
/// writer = RecordWriter(file)
/// scalars = Summary(value=[Summary.Value(tag="loss/mer", simple_value=0.25), Summary.Value(tag="dev_concept/f1", simple_value=0.0)])
/// for event in [
///     Event(wall_time=1.5, file_version="brain.Event:2"),
///     Event(wall_time=2.5, step=7, session_log=SessionLog(status=SessionLog.START)),
///     Event(wall_time=1700000000.25, step=300, summary=scalars),
/// ]:
///     writer.write(event.SerializeToString())
/// print(file.getvalue().hex())
/// ```
#[test]
fn the_bytes_are_those_of_tensorboards_own_writer() {
    let mut file = Vec::new();
    let mut writer = EventWriter::new(&mut file, 1.5).unwrap();
    writer.begin(2.5, 7).unwrap();
    writer.scalars(1_700_000_000.25, 300, &[Scalar::new("loss/mer", 0.25), Scalar::new("dev_concept/f1", 0.0)]).unwrap();
    let hex: String = file.iter().map(|byte| format!("{byte:02x}")).collect();
    let expected = "1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c\
                    0f000000000000006d532b0909000000000000044010073a0208019aaf83ce\
                    36000000000000004f578cef0900001040fc54d94110ac022a280a0f0a086c6f73732f6d6572150000803e\
                    0a150a0e6465765f636f6e636570742f66311500000000c0a92e8c";
    assert_eq!(hex, expected);
}

#[test]
fn a_file_is_made_with_its_folder() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("a/run/events.out.tfevents.1");
    drop(EventWriter::create(&path, 1.5).unwrap());
    assert_eq!(std::fs::read(&path).unwrap().len(), 40);
    std::fs::write(root.path().join("file"), "").unwrap();
    assert!(EventWriter::create(&root.path().join("file/events"), 1.5).is_err());
}
