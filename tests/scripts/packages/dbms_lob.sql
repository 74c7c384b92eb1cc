-- Source: PL/SQL Packages and Types Reference: DBMS_LOB

create table doc (id number, c clob, b blob);
insert into doc values (1, 'hello world', hextoraw('0102'));

-- Offsets count characters of a CLOB, bytes of a BLOB, from 1.
declare
  c clob;
  b blob;
  n integer;
  v varchar2(20);
begin
  dbms_lob.createtemporary(c, true);
  dbms_lob.writeappend(c, 5, 'hello');
  dbms_lob.write(c, 2, 2, 'EL');
  dbms_output.put_line(c);
  -- what lies between the end and the offset is filled with blanks
  dbms_lob.write(c, 1, 8, '!');
  dbms_output.put_line('[' || c || ']');
  n := 3;
  dbms_lob.erase(c, n, 7);
  dbms_output.put_line('[' || c || '] ' || n);
  dbms_lob.trim(c, 5);
  n := 10;
  dbms_lob.read(c, n, 3, v);
  dbms_output.put_line(v || ' ' || n || ' ' || dbms_lob.getlength(c));
  dbms_lob.copy(c, to_clob('abcdef'), 3, 2, 4);
  dbms_output.put_line(c);
  dbms_output.put_line(dbms_lob.instr(c, 'e', 1, 1) || dbms_lob.instr(c, 'zz') || dbms_lob.compare(c, 'hdefo'));
  dbms_lob.createtemporary(b, false, dbms_lob.call);
  dbms_lob.writeappend(b, 2, hextoraw('AABB'));
  dbms_lob.write(b, 1, 5, hextoraw('FF'));
  dbms_output.put_line(rawtohex(b) || ' ' || dbms_lob.instr(b, hextoraw('FF')));
end;
/
-- expect output: hELlo
-- expect output: [hELlo  !]
-- expect output: [hELlo   ] 2
-- expect output: Llo 3 5
-- expect output: hdefo
-- expect output: 300
-- expect output: AABB0000FF 5

-- READ beyond the end: "NO_DATA_FOUND: End of the LOB is reached".
declare
  c clob := 'abc';
  n integer := 1;
  v varchar2(10);
begin
  dbms_lob.read(c, n, 4, v);
exception
  when no_data_found then
    dbms_output.put_line('end');
end;
/
-- expect output: end
declare
  c clob := 'abc';
begin
  dbms_lob.write(c, 5, 1, 'x');
end;
/
-- expect error: ORA-21560: argument 2 is null, invalid, or out of range
declare
  c clob := 'abc';
begin
  dbms_lob.trim(c, 4);
end;
/
-- expect error: ORA-22926: specified trim length is greater than current LOB value's length
declare
  c clob := 'abc';
begin
  dbms_lob.copy(c, to_clob('ab'), 1, 1, 3);
end;
/
-- expect error: ORA-22994: source offset is beyond the end of the source LOB
declare
  c clob;
  n integer := 1;
begin
  dbms_lob.erase(c, n);
end;
/
-- expect error: ORA-22275: invalid LOB locator specified

-- Writing through the locator of a table's LOB would change the table: refused, not done half.
declare
  c clob;
begin
  select c into c from doc where id = 1 for update;
  dbms_lob.writeappend(c, 1, '!');
end;
/
-- expect error: ORA-06550: line 5, column 3
declare
  c clob;
begin
  c := 'abc';
  dbms_output.put_line(dbms_lob.istemporary(c));
end;
/
-- expect error: ORA-03001: unimplemented feature: DBMS_LOB.ISTEMPORARY
