-- Source: PL/SQL Language Reference, "Implicit Cursors"

create table t (id number);
declare
   l number;
begin
   dbms_output.put_line(nvl(to_char(sql%rowcount), 'null'));
   insert into t select level from dual connect by level <= 3;
   dbms_output.put_line(sql%rowcount);
   update t set id = id where id > 100;
   if sql%notfound then
      dbms_output.put_line('nothing ' || sql%rowcount);
   end if;
   select max(id) into l from t;
   dbms_output.put_line(l || ' ' || sql%rowcount);
   delete from t;
   if sql%found and not sql%isopen then
      dbms_output.put_line(sql%rowcount);
   end if;
   begin
      select id into l from t;
   exception
      when no_data_found then dbms_output.put_line('kept ' || l);
   end;
end;
/
-- expect output: null
-- expect output: 3
-- expect output: nothing 0
-- expect output: 3 1
-- expect output: 3
-- expect output: kept 3
