-- Source: PL/SQL Language Reference, "PL/SQL Collections and Records", "Collection Methods"

declare
   type nt_type is table of varchar2(10);
   type va_type is varray(3) of number;
   type ai_type is table of varchar2(10) index by pls_integer;
   type ak_type is table of number index by varchar2(10);
   t nt_type := nt_type('a', 'b', 'c');
   v va_type := va_type();
   i ai_type;
   k ak_type;
   u nt_type;
   l varchar2(10);
begin
   t.delete(2);
   dbms_output.put_line(t.count || ' ' || t.first || ' ' || t.last || ' ' || t.next(1));
   dbms_output.put_line(case when t.exists(2) then 'there' else 'gone' end);
   t.extend;
   t.extend(2, 1);
   dbms_output.put_line(t.count || ' ' || t.last || ' ' || t(6));
   t.trim(3);
   dbms_output.put_line(t.last);
   v.extend(2);
   v(1) := 10;
   dbms_output.put_line(v.count || ' ' || v.limit || ' ' || nvl(to_char(v(2)), 'null'));
   i(-5) := 'minus';
   i(10) := 'ten';
   dbms_output.put_line(i.first || ' ' || i.last || ' ' || i.count || ' ' || i.prior(10));
   k('b') := 2;
   k('a') := 1;
   l := k.first;
   while l is not null loop
      dbms_output.put_line(l || k(l));
      l := k.next(l);
   end loop;
   i.delete;
   dbms_output.put_line(i.count || nvl(to_char(i.first), ' none'));
   begin
      l := i(1);
   exception
      when no_data_found then dbms_output.put_line('no such element');
   end;
   begin
      dbms_output.put_line(u.count);
   exception
      when collection_is_null then dbms_output.put_line('not initialised');
   end;
   begin
      l := t(9);
   exception
      when subscript_beyond_count then dbms_output.put_line('beyond count');
   end;
   begin
      v.extend(5);
   exception
      when subscript_outside_limit then dbms_output.put_line('outside limit');
   end;
   u := t;
   u(1) := 'z';
   dbms_output.put_line(t(1) || u(1));
   if nt_type('a', 'b') = nt_type('b', 'a') and 'a' member of t then
      dbms_output.put_line('sets');
   end if;
end;
/
-- expect output: 2 1 3 3
-- expect output: gone
-- expect output: 5 6 a
-- expect output: 3
-- expect output: 2 3 null
-- expect output: -5 10 2 -5
-- expect output: a1
-- expect output: b2
-- expect output: 0 none
-- expect output: no such element
-- expect output: not initialised
-- expect output: beyond count
-- expect output: outside limit
-- expect output: az
-- expect output: sets
