-- Source: PL/SQL Language Reference, "Cursors Overview", "Named Cursor Attributes"

create table t (id number, name varchar2(10));
insert into t values (1, 'one');
insert into t values (2, 'two');
declare
   cursor c(p_min in number default 1) is
      select id, name from t where id >= p_min order by id;
   r c%rowtype;
   rc sys_refcursor;
begin
   if not c%isopen then
      open c;
   end if;
   dbms_output.put_line(case when c%found is null then 'unknown' end || c%rowcount);
   loop
      fetch c into r;
      exit when c%notfound;
      dbms_output.put_line(c%rowcount || r.name);
   end loop;
   dbms_output.put_line(c%rowcount);
   begin
      open c;
   exception
      when cursor_already_open then dbms_output.put_line('open already');
   end;
   close c;
   begin
      fetch c into r;
   exception
      when invalid_cursor then dbms_output.put_line('closed');
   end;
   for x in c(2) loop
      dbms_output.put_line('loop ' || x.id || x.name);
   end loop;
   for x in (select count(*) n from t) loop
      dbms_output.put_line(x.n);
   end loop;
   open rc for 'select name from t where id = :1' using 1;
   fetch rc into r.name;
   dbms_output.put_line(r.name);
   close rc;
   for x in c loop
      update t set name = upper(name) where id = x.id;
   end loop;
   dbms_output.put_line(sql%rowcount);
end;
/
-- expect output: unknown0
-- expect output: 1one
-- expect output: 2two
-- expect output: 2
-- expect output: open already
-- expect output: closed
-- expect output: loop 2two
-- expect output: 2
-- expect output: one
-- expect output: 1
select name from t order by id;
-- expect: 'ONE'
-- expect: 'TWO'
declare
   cursor c is select id from t order by id for update;
begin
   for x in c loop
      delete from t where current of c;
      exit;
   end loop;
end;
/
select id from t;
-- expect: 2
