def work(row, transaction, table):
    # ruleid: writes-have-a-condition
    row.save()
    # ruleid: writes-have-a-condition
    EventRow("evt_1", state="stored").save()
    # ruleid: writes-have-a-condition
    EventRow("evt_1").update([EventRow.state.set("applied")])
    # ruleid: writes-have-a-condition
    row.delete()
    # ok: writes-have-a-condition
    row.save(condition=EventRow.event_id.does_not_exist())
    # ok: writes-have-a-condition
    EventRow("evt_1").update([EventRow.state.set("applied")], condition=EventRow.event_id.exists())
    # ok: writes-have-a-condition
    transaction.save(row)
    # ruleid: no-scans
    EventRow.scan()
    # ok: no-scans
    EventRow.query("evt_1")
